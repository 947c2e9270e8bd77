import { Prisma } from './generated/client.js';

/** Deadlock (40P01) or serialization failure (40001): nothing happened, trying again is right. */
export function isSerializationConflict(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    return (
      error.code === 'P2034' ||
      sqlStates(error).some((state) => state === '40P01' || state === '40001')
    );
  }
  return false;
}

/** Whether `error` is the violation of a unique index, and of which (its name or its columns contain `index`). */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) {
    return false;
  }
  const unique = error.code === 'P2002' || sqlStates(error).includes('23505');
  return (
    unique && (index === undefined || JSON.stringify([error.meta, error.message]).includes(index))
  );
}

function sqlStates(error: Prisma.PrismaClientKnownRequestError): string[] {
  const text = JSON.stringify(error.meta ?? {});
  return [...text.matchAll(/"(?:originalCode|code)":"([0-9A-Z]{5})"/g)].map(
    (match) => match[1] ?? '',
  );
}
