// Requests for any route, made from the schemas that check them, and broken in some place.
import { hostileJson, hostileName, hostileText, objectOf } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { requestSchema, type JsonSchema } from '../../../services/api/src/openapi/json-schema.js';
import type { DescribedRoute } from '../../../services/api/src/openapi/routes.js';

export interface FuzzedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly type: string;
  readonly body: string | undefined;
  readonly microversion: string;
  readonly caller: 'admin' | 'member' | 'stranger';
}

/** What is there, by the part of a path, or the field of a body, that names it: `servers`, `flavorRef`. */
export type Known = Readonly<Record<string, string>>;

const wordsOf = (known: Known): fc.Arbitrary<string> => fc.constantFrom(...Object.values(known));

/** As a rule what is there under the name. */
const namedBy = <T>(
  name: string,
  known: Known,
  other: fc.Arbitrary<T>,
): fc.Arbitrary<T | string> =>
  Object.hasOwn(known, name)
    ? fc.oneof(
        { weight: 6, arbitrary: fc.constant(known[name] ?? '') },
        { weight: 1, arbitrary: other },
      )
    : other;

/** Requests for one route. */
export function requestsFor(
  { route, notes }: DescribedRoute,
  known: Known,
): fc.Arbitrary<FuzzedRequest> {
  const { method, path, body, queries } = route;
  const schema = body && requestSchema(body);
  return fc.record({
    method: fc.constant(method),
    path: fc
      .tuple(pathsOf(path, known), queriesOf(queries.map(requestSchema), known))
      .map(([one, query]) => (query === '' ? one : `${one}?${query}`)),
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constant(notes.takes ?? 'application/json') },
      fc.constantFrom('application/octet-stream', 'text/plain', 'application/json'),
    ),
    body: schema === undefined ? fc.constant(undefined) : bodiesOf(schema, known),
    caller: fc.oneof(
      { weight: 8, arbitrary: fc.constant('admin' as const) },
      fc.constantFrom('member' as const, 'stranger' as const),
    ),
    microversion: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('2.1', '2.10', '2.35', 'latest') },
      fc.constantFrom('2.99', 'x'),
    ),
  });
}

/** A part of a path is neither empty, nor one that URLs have a meaning for. */
const segment = (known: Known): fc.Arbitrary<string> =>
  fc
    .oneof({ weight: 3, arbitrary: wordsOf(known) }, hostileText)
    .filter((text) => !['', '.', '..'].includes(text))
    .map((text) => encodeURIComponent(Buffer.from(text).toString()).slice(0, 900));

function pathsOf(path: string, known: Known): fc.Arbitrary<string> {
  const parts = path.split('/');
  return fc
    .tuple(
      ...parts.map((part, place) =>
        /^:(?!:)/.test(part)
          ? namedBy(parts[place - 1] ?? '', known, segment(known))
          : fc.constant(part.replaceAll('::', ':')),
      ),
    )
    .map((chosen) => chosen.join('/'));
}

/** Some of what it may have, once or more often, and what it may not. */
function queriesOf(schemas: readonly JsonSchema[], known: Known): fc.Arbitrary<string> {
  const entries = schemas
    .flatMap(({ properties = {} }) => Object.entries(properties))
    .map(([name, schema]) =>
      fc.tuple(
        fc.constant(name),
        valuesFor(schema, known).map((value) =>
          typeof value === 'string' ? value : JSON.stringify(value),
        ),
      ),
    );
  const any = fc.tuple(hostileName('sort_key', 'limit'), hostileText);
  return fc
    .array(fc.oneof(...entries.map((arbitrary) => ({ weight: 2, arbitrary })), any), {
      maxLength: 4,
    })
    .map((pairs) =>
      new URLSearchParams(
        pairs.map(([name, text]): [string, string] => [name, text.slice(0, 2000)]),
      ).toString(),
    );
}

const bodiesOf = (schema: JsonSchema, known: Known): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: valuesFor(schema, known).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: hostileJson.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom('', '{', 'null', '[]', '\u0000', '{"a":1,"a":2}') },
  );

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const huge = fc.constantFrom<unknown>(
  deep(20),
  deep(100),
  'x'.repeat(70_000),
  Array.from({ length: 2_000 }, () => 1),
  Object.fromEntries(Array.from({ length: 500 }, (_, place) => [`k${place}`, 'v'])),
);

/** Mostly what the schema asks for. */
export const valuesFor = (schema: JsonSchema, known: Known): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 60, arbitrary: fitting(schema, known) },
    { weight: 1, arbitrary: hostileJson },
    { weight: 1, arbitrary: huge },
  );

interface Keywords {
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function fitting(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, const: only, enum: values } = schema as Keywords;
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) {
    return fc.oneof(...alternatives.map((one) => valuesFor(one, known)));
  }
  if (only !== undefined || values !== undefined) {
    return fc.constantFrom(...(values ?? [only]));
  }
  const make = byType[schema.type ?? ''];
  return make === undefined ? hostileJson : make(schema, known);
}

type Make = (schema: JsonSchema, known: Known) => fc.Arbitrary<unknown>;

const byType: Readonly<Record<string, Make | undefined>> = {
  object: objectsFor,
  string: textsFor,
  array: listsFor,
  integer(schema) {
    const { minimum = 0, maximum = 9 } = schema as Keywords;
    const between = { min: Math.max(minimum, -5), max: Math.min(maximum, 4096) };
    return fc.oneof(fc.integer(between), fc.constantFrom(minimum, maximum, -1));
  },
  number: () => fc.constantFrom(0, 1, 0.5, -1, 1e308),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
};

function listsFor(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const { items, prefixItems = [] } = schema as Keywords;
  return items === undefined || items === false
    ? fc.tuple(...prefixItems.map((item) => valuesFor(item, known)))
    : fc.array(valuesFor(items, known), { maxLength: 3 });
}

/** With what it needs, as a rule; now and then with what it does not know. */
function objectsFor(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const fields = Object.entries(properties).filter(([, one]) => !('not' in one));
  const optional = fields.filter(([name]) => !required.includes(name)).map(([name]) => name);
  const isOpen = typeof additionalProperties === 'object';
  const beside = isOpen ? additionalProperties : {};
  return fc
    .tuple(
      fc.tuple(
        ...fields.map(([name, one]) =>
          fc.tuple(fc.constant(name), namedBy(name, known, valuesFor(one, known))),
        ),
      ),
      fc.subarray(optional, { maxLength: Math.min(4, optional.length) }),
      fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom(...required, '')),
      fc.oneof(
        { weight: isOpen ? 1 : 20, arbitrary: fc.constant([]) },
        fc.array(fc.tuple(hostileName(...Object.values(known)), valuesFor(beside, known)), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
    )
    .map(([pairs, chosen, dropped, others]) => {
      const kept = pairs.filter(([name]) => required.includes(name) || chosen.includes(name));
      return objectOf([...kept.filter(([name]) => name !== dropped), ...others]);
    });
}

function textsFor(schema: JsonSchema, known: Known): fc.Arbitrary<string> {
  const words = wordsOf(known);
  return fc.oneof(
    { weight: 6, arbitrary: words },
    { weight: 4, arbitrary: matching(schema['pattern']) ?? words },
    { weight: 1, arbitrary: hostileText },
  );
}

function matching(pattern: unknown): fc.Arbitrary<string> | undefined {
  try {
    return typeof pattern === 'string'
      ? fc.stringMatching(new RegExp(pattern), { size: 'xsmall' })
      : undefined;
  } catch {
    // It looks ahead, which nothing can be made by.
    return undefined;
  }
}
