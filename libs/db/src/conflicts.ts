import { Prisma } from './generated/client.js';

/** PostgreSQL's error inside Prisma's, as the pg adapter hands it on. */
interface DatabaseError {
  readonly originalCode?: string;
  readonly constraint?: { readonly index?: string; readonly fields?: readonly string[] };
}

/** Deadlock (40P01) or serialization failure (40001): nothing happened, trying again is right. */
export function isSerializationConflict(error: unknown): boolean {
  const state = databaseError(error)?.originalCode;
  return codeOf(error) === 'P2034' || state === '40P01' || state === '40001';
}

/**
 * Whether `error` is the violation of a unique index, and of which: `index` is (part of) its name, which the
 * schema gives it, or is <table>_<columns>_key. Not judged by the error's text, which quotes source code.
 */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  const violation = databaseError(error);
  if (codeOf(error) !== 'P2002' && violation?.originalCode !== '23505') {
    return false;
  }
  const { index: name, fields = [] } = violation?.constraint ?? {};
  return index === undefined || (name ?? fields.join('_')).includes(index);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined;
}

function databaseError(error: unknown): DatabaseError | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) {
    return undefined;
  }
  const meta = error.meta as { driverAdapterError?: { cause?: DatabaseError } } | undefined;
  return meta?.driverAdapterError?.cause;
}
