import { powerCommandStates } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { Prisma } from '../sql/prisma.js';
import {
  whereHeld,
  isOpen,
  whereQueued,
  newState,
  powerCommandsMoved,
} from './power-command-states.js';

const spelt = ({ text }: Prisma.Sql): string => text.replaceAll(/\s+/g, ' ').trim();

test('states are spelt as the partial indexes have them', () => {
  expect(isOpen('c').text).toBe("(c.state = 'queued' OR c.state = 'running')");
  expect(whereQueued('o').text).toBe("(o.state = 'queued')");
  expect(whereHeld('o').text).toBe("(o.state = 'running')");
});

test('a row is written down as the table begins', () => {
  expect(newState(Prisma.sql`free`).text).toBe("CASE WHEN free THEN 'running' ELSE 'queued' END");
});

test('a move names the states that it may begin in, and takes no parameter for them', () => {
  const { text, values } = powerCommandsMoved('take', {
    set: Prisma.sql`owner = ${'me'}`,
    where: Prisma.sql`c.id = ${1}`,
  });
  expect(spelt({ text } as Prisma.Sql)).toBe(
    "UPDATE power_commands c SET state = 'running', owner = $1 WHERE (c.state = 'queued' OR c.state = 'running') AND c.id = $2",
  );
  expect(values).toEqual(['me', 1]);
});

test('every edge of the table is a move to one state', () => {
  const events = powerCommandStates.states.flatMap(
    (state) => Object.keys(powerCommandStates.table[state].on) as ['take'],
  );
  for (const event of events) {
    const move = powerCommandsMoved(event, { set: Prisma.sql`claim = 1`, where: Prisma.sql`true` });
    expect(spelt(move)).toMatch(/^UPDATE power_commands c SET state = '\w+', claim = 1 WHERE \(/);
  }
});
