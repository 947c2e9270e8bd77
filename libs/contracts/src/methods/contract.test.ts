import { expect, test } from 'vitest';
import { z } from 'zod';
import { topics, wireName, type Topic } from '../index.js';

test.each([
  ['ping', 'ping'],
  ['runInstance', 'run_instance'],
  ['prepareForNode', 'prepare_for_node'],
])('%s is %s on the wire', (method, name) => {
  expect(wireName(method)).toBe(name);
});

const all: readonly Topic[] = Object.values(topics);
const methods = all.flatMap(({ topic, version, methods }) =>
  Object.entries(methods).map(([name, method]) => ({ topic, version, name, ...method })),
);

test.each(methods)('$topic.$name has a version that the topic supports', ({ version, since }) => {
  const [major, minor] = version.split('.').map(Number);
  const [sinceMajor, sinceMinor] = since.split('.').map(Number);
  expect(sinceMajor).toBe(major);
  expect(sinceMinor).toBeLessThanOrEqual(minor ?? 0);
});

test.each(methods)('$topic.$name names a node by no number', ({ args, result }) => {
  const said = [args, result].map((schema) =>
    JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  );
  expect(said.join()).not.toMatch(/"node(_id)?":\{"type":"integer"/);
  expect(said.join()).not.toMatch(/"node_?id"/i);
});

test('no two topics share a name, and no two methods of a topic share a wire name', () => {
  const names = all.map(({ topic }) => topic);
  expect(new Set(names).size).toBe(names.length);
  const onWire = methods.map(({ topic, name }) => `${topic}.${wireName(name)}`);
  expect(new Set(onWire).size).toBe(onWire.length);
});
