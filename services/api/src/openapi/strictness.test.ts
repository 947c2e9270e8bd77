import { expect, test } from 'vitest';
import { z } from 'zod';
import { describedRoutes } from './routes.js';
import { schemaFaults } from './testing/schema-faults.js';

/** What is open on purpose, by its place; everything else that a request brings is known and bounded. */
const intended: readonly (readonly [RegExp, why: string])[] = [
  [/ server\.metadata: open$/, 'keys and values of the user, at most 128'],
  [/hints(: open|\{\}: anything)$/, 'hints that no filter reads are stored, as in Nova'],
  [/hints\.query\[\]: anything$/, 'read by the parser of JsonFilter'],
  [/servers\/:id\/action (: open|\{\}: anything)$/, 'an action is refused by its name'],
  [/os-extra_specs \S*: open$/, 'keys of filters, with rules of their own'],
  [/os-extra_specs\/:key : open$/, 'the same, one of them'],
  [/set_metadata\.metadata: open$/, 'keys that filters read'],
  [/GET \/image\/v2\/images : open$/, 'any other word filters by a property'],
  [/POST \/image\/v2\/images : open$/, 'properties, at most 128'],
  [/ \[\]\.value: anything$/, 'the patched image is read as an image'],
  [/GET \/network\/v2\.0\/\w+ : open$/, 'attributes; filterOf refuses what is none'],
  [/capabilities(\{\})*: open$/, 'keys that flavors ask for, three deep at most'],
  [/(root_device|keep_disks\[\]): open$/, 'read by the parser of disk hints'],
  [/power\.options(: open|\{\}: anything)$/, 'each power driver knows its own, and refuses others'],
  [/POST \/metalcast\/v1\/nodes::batch nodes\[\]: anything$/, 'each is read for itself'],
];

const found = describedRoutes().flatMap(({ route: { method, path, body, queries } }) =>
  [...(body === undefined ? [] : [body]), ...queries].flatMap((schema) =>
    schemaFaults(schema).map(({ at, fault }) => `${method} ${path} ${at}: ${fault}`),
  ),
);

test('what a request may bring is known and bounded', () => {
  expect(found.filter((fault) => !intended.some(([pattern]) => pattern.test(fault)))).toEqual([]);
});

test.each(intended)('%s is there: %s', (pattern) => {
  expect(found.some((fault) => pattern.test(fault))).toBe(true);
});

test.each<[string, z.ZodType, string]>([
  ['an object that drops what it does not know', z.object({}), ': open'],
  ['an object that keeps it', z.looseObject({}), ': open'],
  ['a record', z.record(z.string().max(9), z.int()), ': open'],
  ['a text', z.strictObject({ a: z.string().optional() }), 'a: unbounded text'],
  ['a pattern without an end', z.string().regex(/^x+$/), ': unbounded text'],
  ['a list', z.array(z.int()), ': unbounded list'],
  ['a list in a union', z.union([z.int(), z.array(z.int())]), ': unbounded list'],
  ['a coerced number', z.coerce.number(), ': coerced'],
  ['anything', z.strictObject({ a: z.unknown() }), 'a: anything'],
  ['what is changed first', z.preprocess((x) => x, z.int()), ': anything'],
])('%s is found', (_, schema, fault) => {
  expect(schemaFaults(schema).map((one) => `${one.at}: ${one.fault}`)).toContain(fault);
});

test.each([
  z.strictObject({ a: z.uuid(), b: z.string().trim().max(3), c: z.ipv4() }),
  z.array(z.enum(['a'])).max(3),
  z.string().regex(/^(?!\d+$)[\w.-]{1,9}$/),
])('what is bounded is not', (schema) => {
  expect(schemaFaults(schema)).toEqual([]);
});
