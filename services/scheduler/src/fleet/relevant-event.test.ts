import type { CloudEvent } from '@metalcast/contracts';
import { expect, test } from 'vitest';
import { aFleet, uuidOf, withServer } from '../testing/a-fleet.js';
import { isRelevantEvent } from './relevant-event.js';

const fleet = aFleet([{}, withServer(51, 'small', 'building')]);
const event = (type: string, node: number, data: object): CloudEvent =>
  ({ type, subject: uuidOf(node), data }) as unknown as CloudEvent;
const state = (node: number, to: string, server: string | null): CloudEvent =>
  event('node.state', node, { from: 'x', to, instance_uuid: server });

test.each([
  ['a claim of another process', state(1, 'building', uuidOf(51)), true],
  ['an own claim', state(2, 'building', uuidOf(51)), false],
  ['a build that goes on', state(2, 'active', uuidOf(51)), false],
  ['the next server of the node', state(2, 'building', uuidOf(52)), true],
  ['a release', state(2, 'deleted', null), true],
  ['a state of an unknown node', state(9, 'active', uuidOf(51)), true],
  ['an event with invalid data', event('node.state', 2, {}), true],
  ['any other event', event('node.changed', 2, { instance_uuid: uuidOf(51) }), true],
])('%s', (_, reported, isRelevant) => {
  expect(isRelevantEvent(fleet, reported)).toBe(isRelevant);
});

test('an event of a removed node', () => {
  const gone = aFleet([withServer(51)]);
  gone.drop(1);
  expect(isRelevantEvent(gone, state(1, 'active', uuidOf(51)))).toBe(true);
});
