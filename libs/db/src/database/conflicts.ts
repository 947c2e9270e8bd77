import pg from 'pg';
import type { Prisma } from '../sql/prisma.js';

/** PostgreSQL's error: inside Prisma's, as the pg adapter hands it on, or from pg itself. */
interface DatabaseError {
  readonly originalCode?: string | undefined;
  readonly constraint?: {
    readonly index?: string | undefined;
    readonly fields?: readonly string[];
  };
}

/** Deadlock (40P01) or serialization failure (40001): nothing happened, trying again is right. */
export function isSerializationConflict(error: unknown): boolean {
  const state = stateOf(error);
  return codeOf(error) === 'P2034' || state === '40P01' || state === '40001';
}

/** Whether the statement certainly changed nothing: the server reported an error and keeps the connection. */
export const isRolledBack = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.severity === 'ERROR';

/**
 * Whether `error` is the violation of a unique index, and of which: `index` is (part of) its name, which the
 * schema gives it, or is <table>_<columns>_key. The error's text is not used, because it quotes source code.
 */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  const violation = databaseError(error);
  if (codeOf(error) !== 'P2002' && violation?.originalCode !== '23505') {
    return false;
  }
  const { index: name, fields = [] } = violation?.constraint ?? {};
  return index === undefined || (name ?? fields.join('_')).includes(index);
}

/** Prisma: unreachable, closed, out of connections; a statement that took too long. */
const awayCodes = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037'];

/**
 * PostgreSQL's states that pass without a change to the statement. Not in the list: 08P01 (a message that is wrong),
 * 53400 (more than the configuration ever allows), 57P04 (the database is dropped), 58P01 and its like (a file that is
 * not there).
 */
const awayStates = [
  // The connection could not be made, or broke.
  ...['08000', '08001', '08003', '08004', '08006', '08007'],
  // A standby, or a server that takes no writes because its disk is nearly full.
  '25006',
  // A session or transaction that was idle, or open, for too long.
  ...['25P03', '25P04', '57P05'],
  // Out of disk, memory or connections.
  ...['53000', '53100', '53200', '53300'],
  // A lock that was not to be had.
  '55P03',
  // A statement that took too long; a server that is starting or ending.
  ...['57014', '57P01', '57P02', '57P03'],
  // The operating system failed the server.
  ...['58000', '58030'],
];

/** What pg and its pool say themselves of a connection that could not be made, or ended. */
const pgSays =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired)/;

/**
 * A connection could not be made, or broke. Without a code of its own: Prisma wraps what has one as an error of its
 * own.
 */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  static of(error: NodeJS.ErrnoException): ConnectionLost {
    return error instanceof ConnectionLost
      ? error
      : new ConnectionLost(error.message || String(error.code), { cause: error });
  }
}

/** What Prisma says of a transaction (P2028) that the database was too slow for. */
const tooSlow = /Unable to start a transaction|expired transaction/;

/**
 * Whether the database was unreachable or refuses writes, so that the same request may succeed later. For many states
 * (a full disk, a lock, a slow statement) a single row may be the cause while all other rows are written: only the
 * results of other requests show which.
 */
export function isDatabaseAway(error: unknown): boolean {
  return (
    awayCodes.includes(codeOf(error) ?? '') ||
    awayStates.includes(stateOf(error) ?? '') ||
    error instanceof ConnectionLost ||
    (error instanceof Error && pgSays.test(error.message)) ||
    (codeOf(error) === 'P2028' && tooSlow.test(String(error)))
  );
}

/** Out of a column's range; a time that is none; a character that text, or JSON, cannot hold. */
const unstorableStates = ['22003', '22008', '22021', '22P05'];

/** Whether a value that was to be stored or looked for is one that no row can have. */
export const isUnstorable = (error: unknown): boolean =>
  unstorableStates.includes(stateOf(error) ?? '');

/** A deadlock, a lock that was not to be had, a statement that took too long for one. */
const waitStates = ['40P01', '40001', '55P03', '57014'];

/**
 * Whether the database refused a statement about many rows for what may be true of one of them: it is locked, or
 * damaged, or a constraint, a trigger or its data forbid what is written. The same statement without that row may do.
 */
export function mayConcernOneRow(error: unknown): boolean {
  const state = stateOf(error) ?? '';
  return waitStates.includes(state) || /^(22|23|XX|P0001)/.test(state);
}

/** Class 22, a data exception: the same statement will fail again, however often it is tried. */
export const isDataException = (error: unknown): boolean =>
  stateOf(error)?.startsWith('22') === true;

/** Whether a regular expression that a user gave is none, is too complex, or ran into the statement's timeout. */
export const isUnusablePattern = (error: unknown): boolean =>
  ['2201B', '57014'].includes(stateOf(error) ?? '');

/** PostgreSQL's SQLSTATE, through Prisma or from pg itself. */
function stateOf(error: unknown): string | undefined {
  return databaseError(error)?.originalCode;
}

function codeOf(error: unknown): string | undefined {
  return isKnownRequestError(error) ? error.code : undefined;
}

/** By its name, for the class comes with the client. */
const isKnownRequestError = (error: unknown): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Error && error.name === 'PrismaClientKnownRequestError';

function databaseError(error: unknown): DatabaseError | undefined {
  if (error instanceof pg.DatabaseError) {
    return { originalCode: error.code, constraint: { index: error.constraint } };
  }
  if (!isKnownRequestError(error)) {
    return undefined;
  }
  const meta = error.meta as { driverAdapterError?: { cause?: DatabaseError } } | undefined;
  return meta?.driverAdapterError?.cause;
}
