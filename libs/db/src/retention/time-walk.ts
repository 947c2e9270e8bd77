// A walk by a time and, among equal times, by the key: along an index of the two.
import { Prisma } from '../sql/prisma.js';

export const fromTheFirst = '["-infinity"]';

/** Whether a row comes behind `after`. */
export const byTime = (column: string, keyType: 'uuid' | 'int', after: string): Prisma.Sql =>
  Prisma.sql`
    (${Prisma.raw(column)}, id) > ((${after}::jsonb ->> 0)::timestamptz, coalesce(${after}::jsonb ->> 1, ${leastKey[keyType]})::${Prisma.raw(keyType)})`;

const leastKey = { uuid: '00000000-0000-0000-0000-000000000000', int: '0' } as const;

/** Where a full page (`page`, of columns `id` and `at`) ends; null where the walk does. */
export const nextByTime = (atOnce: number): Prisma.Sql => Prisma.sql`
  (SELECT jsonb_build_array(at, id)::text FROM page WHERE (SELECT count(*) FROM page) = ${atOnce}
    ORDER BY at DESC, id DESC LIMIT 1)`;
