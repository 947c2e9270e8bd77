// SQL conditions and changes of `power_commands.state`; all statements that read or write the column use these.
import {
  newPowerCommand,
  powerCommandStates,
  supersessions,
  type PowerCommandEvent,
  type PowerCommandState,
} from '@metalcast/domain';
import { Prisma } from '../sql/prisma.js';
import { statesWhere, word } from '../sql/state-words.js';

const machine = powerCommandStates;

const stateOf = (row: string): string => `${row}.state`;

/** Whether the command of this row waits for its turn. */
export const whereQueued = (row: string): Prisma.Sql =>
  statesWhere(stateOf(row), [newPowerCommand]);

/** Whether somebody holds it, or has let its lease pass. */
export const whereHeld = (row: string): Prisma.Sql =>
  statesWhere(stateOf(row), machine.sources('succeed'));

/** Whether it has not ended. */
export const isOpen = (row: string): Prisma.Sql => statesWhere(stateOf(row), machine.unstable);

/** The state of a row that is inserted: where `taken` holds it is taken in the same statement. */
export const newState = (taken: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`CASE WHEN ${taken} THEN ${word(targetOf('take'))} ELSE ${word(newPowerCommand)} END`;

/** The state of a row that is inserted for a command that is not taken in. */
export const refusedState = word(targetOf('fail'));

/** Whether a later command of the node ends the one of this row, `c`. */
export const isSuperseded = Prisma.sql`
  EXISTS (SELECT FROM power_commands later
           WHERE later.node_id = c.node_id AND later.id > c.id AND ${isOpen('later')}
             AND (c.target, later.target) IN (${Prisma.raw(supersessions.map(([earlier, later]) => `('${earlier}', '${later}')`).join(', '))}))`;

/** `stale`: its node has left its epoch. `superseded`: a later command ends it. */
export type PowerStanding = 'current' | 'stale' | 'superseded';

/** A `PowerStanding`, of command `c` and node `n`. */
export const standing = Prisma.sql`
  CASE WHEN n.epoch <> c.epoch OR n.deleted_at IS NOT NULL THEN 'stale' WHEN ${isSuperseded} THEN 'superseded' ELSE 'current' END AS standing`;

export interface PowerCommandMove {
  /** Further columns. */
  readonly set: Prisma.Sql;
  /** FROM, with what `where` compares. */
  readonly from?: Prisma.Sql;
  /** Which rows, among those in a state that has the edge. */
  readonly where: Prisma.Sql;
}

/** Takes an edge of the table of power commands, for rows `c`: there is no other UPDATE of their state. */
export const powerCommandsMoved = (
  event: PowerCommandEvent,
  { set, from = Prisma.empty, where }: PowerCommandMove,
): Prisma.Sql => Prisma.sql`
  UPDATE power_commands c SET state = ${word(targetOf(event))}, ${set} ${from}
   WHERE ${statesWhere(stateOf('c'), machine.sources(event))} AND ${where}`;

/** Where the event leads from whatever state. */
function targetOf(event: PowerCommandEvent): PowerCommandState {
  const [target, ...others] = new Set(
    machine.sources(event).map((state) => machine.next(state, event)),
  );
  if (target === undefined || others.length > 0) {
    throw new Error(`event ${event} of a power command does not lead to one state`);
  }
  return target;
}
