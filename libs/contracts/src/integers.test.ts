// No integer from a peer or a ramdisk is larger than the column that stores it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  agentHello,
  agentNext,
  agentReady,
  agentReport,
  cloudEvent,
  topics,
  type Topic,
} from './index.js';

const all: readonly Topic[] = Object.values(topics);
const methods = all.flatMap(({ topic, methods }) =>
  Object.entries(methods).map(([name, { args }]): [string, z.ZodType] => [
    `${topic}.${name}`,
    args,
  ]),
);
const received: [string, z.ZodType][] = [
  ...methods,
  ['hello', agentHello],
  ['ready', agentReady],
  ['report', agentReport],
  ['next', agentNext],

  ['an event', cloudEvent],
];

/** Numbers of bytes: their columns have type bigint, or they are only in JSON. */
const bytes = /\.(size|virtual_size|(\w+_)?bytes|total|offset)$/;
const mostInt4 = 2 ** 31 - 1;

interface Found {
  readonly path: string;
  readonly least: unknown;
  readonly most: unknown;
}

function integers(schema: unknown, path: string): Found[] {
  if (Array.isArray(schema)) {
    return schema.flatMap((each) => integers(each, path));
  }
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  const { type, minimum, maximum, properties, ...others } = schema as Record<string, unknown>;
  const own = type === 'integer' ? [{ path, least: minimum, most: maximum }] : [];
  const fields = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    integers(field, `${path}.${name}`),
  );
  return [...own, ...fields, ...Object.values(others).flatMap((each) => integers(each, path))];
}

test.each(received)('%s', (name, schema) => {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const found = integers(json, name);
  const wide = found.filter(
    ({ path, least, most }) =>
      Number(least) < -mostInt4 || Number(most) > (bytes.test(path) ? 2 ** 53 : mostInt4),
  );
  expect(wide).toEqual([]);
});

test('the walk finds the integers of a schema', () => {
  const json = z.toJSONSchema(agentNext, { io: 'input', unrepresentable: 'any' });
  expect(integers(json, '')).toEqual([{ path: '.epoch', least: 0, most: mostInt4 }]);
});
