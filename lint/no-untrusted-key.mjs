// No key that is any text on an object with a prototype: `constructor` and `__proto__` are there, whatever was stored.
import { ESLintUtils } from '@typescript-eslint/utils';
import ts from 'typescript';

const parts = (type) => (type.isUnion() ? type.types : [type]);

/** Whether a value of this type can be any text. A type parameter stands for names that the code knows. */
const isAnyText = (type) =>
  parts(type).some(
    ({ flags }) => (flags & (ts.TypeFlags.String | ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0,
  );

/** Lists are not read by texts: TypeScript sees to that. */
const isPlain = (checker, type) =>
  parts(checker.getApparentType(type)).some(
    (part) => (part.flags & ts.TypeFlags.Object) !== 0 && !checker.isArrayLikeType(part),
  );

/** The expressions that hold where `node` is evaluated: `a` of `a ? node : b` and of `a && node`. */
function* conditionsOf(node) {
  for (let at = node; at.parent !== null && at.parent !== undefined; at = at.parent) {
    const { type, test, consequent, operator, left, right } = at.parent;
    if (type === 'ConditionalExpression' && at === consequent) {
      yield test;
    } else if (type === 'LogicalExpression' && operator === '&&' && at === right) {
      yield left;
    }
  }
}

export const noUntrustedKey = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      key: 'Any text may be the key, as constructor or __proto__: use a Map, ownValue of @metalcast/domain, or Object.fromEntries.',
      in: 'Any text may be the key, as constructor or __proto__: ask Object.hasOwn.',
    },
  },
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const checker = services.program.getTypeChecker();
    const isUntrusted = (key, object) =>
      isAnyText(services.getTypeAtLocation(key)) &&
      isPlain(checker, services.getTypeAtLocation(object));
    const text = (node) => context.sourceCode.getText(node);
    const isGuarded = (node) => {
      const guard = `Object.hasOwn(${text(node.object)}, ${text(node.property)})`;
      return [...conditionsOf(node)].some((condition) => text(condition).includes(guard));
    };
    return {
      MemberExpression(node) {
        if (node.computed && isUntrusted(node.property, node.object) && !isGuarded(node)) {
          context.report({ node, messageId: 'key' });
        }
      },
      'BinaryExpression[operator="in"]'(node) {
        if (isUntrusted(node.left, node.right)) {
          context.report({ node, messageId: 'in' });
        }
      },
    };
  },
};
