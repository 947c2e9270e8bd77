import { Prisma } from './prisma.js';

/** A state as a literal of the statement's text: a parameter would hide from the planner which partial index fits. */
export const word = (state: string): Prisma.Sql => Prisma.raw(quoted(state));

/** The list behind `IN`. */
export const among = (states: readonly string[]): Prisma.Sql =>
  Prisma.raw(`(${states.map(quoted).join(', ')})`);

/** Whether the column has one of the states; spelt as the predicates of partial indexes are, with OR. */
export const statesWhere = (column: string, states: readonly string[]): Prisma.Sql =>
  Prisma.raw(`(${states.map((state) => `${column} = ${quoted(state)}`).join(' OR ')})`);

function quoted(state: string): string {
  if (!/^[a-z][a-z_ ]*$/.test(state)) {
    throw new Error(`${JSON.stringify(state)} is no state: no table has such a word`);
  }
  return `'${state}'`;
}
