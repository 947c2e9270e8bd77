import { Prisma } from './generated/client.js';

/**
 * Begins a statement that the server plans once per connection and not at each call: for those that cost more to plan than to
 * run. Its text must be the same at every call under this name.
 */
export const prepared = (name: string): Prisma.Sql => Prisma.raw(`/* prepared ${name} */`);

/** Empty: not prepared. */
export const preparedName = (sql: string): string =>
  /^\s*\/\* prepared (\w+) \*\//.exec(sql)?.[1] ?? '';
