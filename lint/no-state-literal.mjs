// No word of a state table outside the tables: who misspells a name does not compile, who misspells a word waits for
// ever.
import * as domain from '@metalcast/domain';

const isMachine = (value) => Array.isArray(value?.states) && typeof value.next === 'function';
const lists = [
  ...Object.values(domain)
    .filter(isMachine)
    .map(({ states }) => states),
  Object.keys(domain.taskState),
];
const all = new Set(lists.flat());
const ofImages = new Set(domain.imageStates.states);

/** Other things are called so too: in SQL they count only behind a column of states. */
const ambiguous = new Set(['active', 'error']);

/** What a property, variable or column of this name can hold, if it holds a state. */
function wordsOf(name) {
  switch (name?.replaceAll('_', '').toLowerCase()) {
    case 'state':
    case 'vmstate':
    case 'taskstate':
    case 'provisionstate':
      return all;
    case 'status':
      return ofImages;
    default:
      return undefined;
  }
}

const wrappers = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);

function bare(node) {
  if (node?.type === 'ChainExpression' || wrappers.has(node?.type)) {
    return bare(node.expression);
  }
  return node;
}

/** The last part of what an expression names: `state` of `row?.state` and of `row['state']`. */
function nameOf(node) {
  const named = bare(node);
  if (named?.type === 'MemberExpression') {
    return named.computed ? textOf(named.property) : named.property.name;
  }
  return named?.type === 'Identifier' ? named.name : undefined;
}

const keyOf = ({ key, computed }) => (computed ? undefined : (key.name ?? textOf(key)));

function textOf(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') {
    return node.value;
  }
  const isPlain = node?.type === 'TemplateLiteral' && node.expressions.length === 0;
  return isPlain ? node.quasis[0].value.cooked : undefined;
}

/** Prisma's conditions on a column. */
const conditions = new Set(['in', 'notIn', 'not', 'equals', 'set']);

/** Every text that the expression, or the type, can come to. */
function textsIn(given) {
  const node = bare(given);
  switch (node?.type) {
    case 'ConditionalExpression':
      return [...textsIn(node.consequent), ...textsIn(node.alternate)];
    case 'LogicalExpression':
      return [...textsIn(node.left), ...textsIn(node.right)];
    case 'ArrayExpression':
      return node.elements.flatMap(textsIn);
    case 'NewExpression':
      return node.arguments.flatMap(textsIn);
    case 'ObjectExpression':
      return node.properties
        .filter((one) => one.type === 'Property' && conditions.has(keyOf(one)))
        .flatMap(({ value }) => textsIn(value));
    case 'TSUnionType':
      return node.types.flatMap(textsIn);
    case 'TSLiteralType':
      return textsIn(node.literal);
    default:
      return textOf(node) === undefined ? [] : [node];
  }
}

const column = String.raw`(?:\b\w+\.)?"?(?<column>\w+)"?`;
const compared = new RegExp(
  String.raw`${column}\s*(?:=|<>|!=|\bIS\s+(?:NOT\s+)?DISTINCT\s+FROM\b|(?:\bNOT\s+)?\bIN\s*\([^()]*)\s*$`,
  'i',
);

/** The states that a statement spells out, by the texts between its parameters. */
function wordsInSql(texts) {
  const sql = texts.join('?');
  return [...sql.matchAll(/'(?<word>[a-z][a-z_ ]*)'/g)]
    .filter(({ index, groups: { word } }) => {
      const before = compared.exec(sql.slice(0, index));
      const known = before === null ? all : wordsOf(before.groups.column);
      return known?.has(word) === true && (before !== null || !ambiguous.has(word));
    })
    .map(({ groups: { word } }) => word);
}

const sqlTags = new Set(['sql', '$queryRaw', '$executeRaw']);
const sqlCalls = new Set(['raw', 'query', '$queryRawUnsafe', '$executeRawUnsafe']);

/** What a test expects is a word: it shall fail when a table changes its words. */
function isExpected(node) {
  for (let at = node.parent; at !== null && at !== undefined; at = at.parent) {
    if (at.type === 'CallExpression' && rootOf(at.callee) === 'expect') {
      return true;
    }
  }
  return false;
}

function rootOf(node) {
  switch (node.type) {
    case 'MemberExpression':
      return rootOf(node.object);
    case 'CallExpression':
      return rootOf(node.callee);
    default:
      return node.name;
  }
}

const equalities = new Set(['===', '!==', '==', '!=']);

export const noStateLiteral = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      code: "'{{word}}' is a word of a state table: write its name from @metalcast/domain, as nodeState.active, or a set of the tables.",
      sql: "'{{word}}' is a word of a state table: put its name from @metalcast/domain into the SQL by word() or among() of @metalcast/db.",
    },
  },
  create(context) {
    const seen = new Set();
    const report = (node, messageId, word) => {
      if (!seen.has(node) && !isExpected(node)) {
        seen.add(node);
        context.report({ node, messageId, data: { word } });
      }
    };
    const check = (name, value) => {
      const known = wordsOf(name);
      for (const node of known === undefined ? [] : textsIn(value)) {
        if (known.has(textOf(node))) {
          report(node, 'code', textOf(node));
        }
      }
    };
    const checkSql = (node, texts, expressions) => {
      for (const word of wordsInSql(texts).slice(0, 1)) {
        report(node, 'sql', word);
      }
      for (const text of expressions.flatMap(textsIn)) {
        if (all.has(textOf(text)) && !ambiguous.has(textOf(text))) {
          report(text, 'sql', textOf(text));
        }
      }
    };
    const checkTemplate = (node, { quasis, expressions }) => {
      checkSql(
        node,
        quasis.map(({ value }) => value.cooked),
        expressions,
      );
    };
    const checkType = (name, annotation) => check(name, annotation?.typeAnnotation);
    return {
      BinaryExpression({ operator, left, right }) {
        if (equalities.has(operator)) {
          check(nameOf(left), right);
          check(nameOf(right), left);
        }
      },
      SwitchStatement({ discriminant, cases }) {
        cases.forEach(({ test }) => check(nameOf(discriminant), test));
      },
      Property: (node) => check(keyOf(node), node.value),
      PropertyDefinition(node) {
        check(keyOf(node), node.value);
        checkType(keyOf(node), node.typeAnnotation);
      },
      TSPropertySignature: (node) => checkType(keyOf(node), node.typeAnnotation),
      Identifier: ({ name, typeAnnotation }) => checkType(name, typeAnnotation),
      AssignmentExpression: ({ left, right }) => check(nameOf(left), right),
      AssignmentPattern: ({ left, right }) => check(nameOf(left), right),
      VariableDeclarator: ({ id, init }) => check(nameOf(id), init),
      CallExpression({ callee, arguments: given }) {
        const name = nameOf(callee);
        const [first] = given;
        if (name === 'includes' || name === 'has') {
          check(nameOf(first), bare(callee).object);
        } else if (name?.endsWith('IsIn') === true) {
          given.forEach((one) => check('state', one));
        } else if (sqlCalls.has(name) && first?.type === 'TemplateLiteral') {
          checkTemplate(first, first);
        } else if (sqlCalls.has(name) && textOf(first) !== undefined) {
          checkSql(first, [textOf(first)], []);
        }
      },
      // A set of states, wherever it will be looked up.
      ArrayExpression(node) {
        const texts = textsIn(node);
        const known = node.elements.filter((one) => textOf(one) !== undefined);
        const rest = node.elements.filter((one) => one?.value !== null && !known.includes(one));
        const isSet = (list) => known.every((one) => list.includes(textOf(one)));
        if (known.length > 1 && rest.length === 0 && lists.some(isSet)) {
          texts.forEach((text) => report(text, 'code', textOf(text)));
        }
      },
      TaggedTemplateExpression(node) {
        if (sqlTags.has(nameOf(node.tag))) {
          checkTemplate(node, node.quasi);
        }
      },
    };
  },
};
