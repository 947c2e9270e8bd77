import { serviceNames, messagesOfService } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventOf, events } from './index.js';

const subject = '7c1b2c3d-0000-4000-8000-000000000009';
const all = Object.values(events);

test('every event has a type of its own, and a sentence', () => {
  expect(new Set(all.map(({ type }) => type)).size).toBe(all.length);
  for (const { type, description } of all) {
    expect(type).toMatch(/^[a-z]+(\.[a-z_]+)+$/);
    expect(description).toMatch(/^[A-Z].*\.$/s);
  }
});

test('every event has a service that publishes it, and no service publishes another', () => {
  const published = serviceNames.flatMap((service) => messagesOfService(service).publishes);
  expect(new Set(published)).toEqual(new Set(all.map(({ type }) => type)));
});

test('an event names a node by its uuid: it is the subject, and no number', () => {
  const fields = all.flatMap(({ data }) => Object.keys(z.toJSONSchema(data).properties ?? {}));
  expect(fields.filter((field) => /(^|_)(node_)?id$/.test(field))).toEqual(['project_id']);
});

test('an event carries its type and context', () => {
  expect(
    eventOf('nodeEnrolled', { subject, epoch: 3, requestId: 'req-1' }, { name: 'n1' }),
  ).toEqual({ type: 'node.enrolled', subject, epoch: 3, requestId: 'req-1', data: { name: 'n1' } });
});

test.each([
  ['nodeEnrolled', { name: 1 }],
  ['nodeEnrolled', {}],
  ['powerChanged', { from: 'on', to: 'perhaps', by: 'sync' }],
  ['powerFailed', { key: 'k', fault: { code: 'X' } }],
] as const)('%s with %j is refused', (name, data) => {
  expect(() => eventOf(name, { subject }, data as never)).toThrow();
});

test('fields that the schema does not name are not published', () => {
  const data = { mac: '52:54:00:aa:bb:0c', password: 'canary' };
  expect(eventOf('bootDhcp', { subject }, data).data).toEqual({ mac: '52:54:00:aa:bb:0c' });
});
