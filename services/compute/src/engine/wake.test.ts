import { eventOf, faultRecord, type CloudEvent } from '@metalcast/contracts';
import type { NewEvent } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import type { Engine } from './advance.js';
import { wakeBy } from './wake.js';

const subject = '00000000-0000-4000-8000-00000000000a';
const operation = '00000000-0000-4000-8000-00000000000b';
const key = `${operation}/1/undo:powerOff/2`;
const about = { subject, epoch: 1 };
const fault = faultRecord.parse(new Fault('UNAVAILABLE', { reason: 'no' }).toRecord('power on'));
const changed = { from: 'off', to: 'on' } as const;

async function turnsOf({ type, data }: NewEvent): Promise<object[]> {
  const turns: object[] = [];
  const engine = {
    advance: (target: object) => {
      turns.push(target);
      return Promise.resolve();
    },
  } as unknown as Engine;
  await wakeBy(engine, { type, subject, data } as CloudEvent);
  return turns;
}

test.each<[string, NewEvent]>([
  ['its command', eventOf('powerChanged', about, { ...changed, by: 'command', key })],
  ['its command that failed', eventOf('powerFailed', about, { key, fault })],
  ['another event', eventOf('bootPrepared', about, { boot_mode: 'deploy' })],
])('the operation of a node is woken by %s', async (_, event) => {
  expect(await turnsOf(event)).toEqual([{ node: subject }]);
});

test.each<[string, NewEvent]>([
  ['what the sync has read', eventOf('powerChanged', about, { ...changed, by: 'sync' })],
  [
    'the command of a person',
    eventOf('powerChanged', about, { ...changed, by: 'command', key: operation }),
  ],
  ['a failed one', eventOf('powerFailed', about, { key: 'restart/7', fault })],
  ['what nothing waits for', eventOf('nodeEnrolled', about, { name: null })],
])('it is not woken by %s', async (_, event) => {
  expect(await turnsOf(event)).toEqual([]);
});
