import { Prisma } from './generated/client.js';

/** A state as text of a statement, not as its parameter: the planner uses a partial index only where it sees the states. */
export const stateInSql = (state: string): Prisma.Sql => Prisma.raw(quoted(state));

/** Whether the column has one of the states; spelt as the predicates of partial indexes are, with OR. */
export const statesWhere = (column: string, states: readonly string[]): Prisma.Sql =>
  Prisma.raw(`(${states.map((state) => `${column} = ${quoted(state)}`).join(' OR ')})`);

const quoted = (state: string): string => `'${state.replaceAll("'", "''")}'`;
