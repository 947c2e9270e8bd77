import type { Image, Prisma } from '@metalcast/db';
import { markerMissing } from '@metalcast/db/api';
import type { Sql } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import type { Caller } from '../../http/access/caller.js';
import { queryBoolean } from '../../http/requests/booleans.js';
import { pageQuery, wholeBigint, wholeNumber } from '../../http/requests/page-query.js';
import { queryText, queryTexts } from '../../http/requests/query-values.js';
import { visibleImage, visibleTo } from './image-access.js';

const sortColumns = {
  name: 'name',
  status: 'status',
  size: 'size',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  id: 'id',
  disk_format: 'diskFormat',
  container_format: 'containerFormat',
} as const;

type SortKey = keyof typeof sortColumns;

const sortKey = z.enum(Object.keys(sortColumns) as [SortKey, ...SortKey[]]);
const direction = z.enum(['asc', 'desc']);

/** The query of GET /v2/images; every other name is a filter on the property of that name. */
export const listQuery = z
  .object({
    limit: wholeNumber(0).default(100),
    marker: pageQuery.marker,
    sort: queryText.optional(),
    sort_key: queryTexts.pipe(z.array(sortKey)).optional(),
    sort_dir: queryTexts.pipe(z.array(direction)).optional(),
    id: queryText.optional(),
    name: queryText.optional(),
    status: queryText.optional(),
    visibility: queryText.optional(),
    owner: queryText.optional(),
    disk_format: queryText.optional(),
    container_format: queryText.optional(),
    checksum: queryText.optional(),
    os_hash_value: queryText.optional(),
    os_hidden: queryBoolean.optional(),
    // Clients send it to see images of every status; no image is shared with members here.
    member_status: z.literal('all', 'must be all: images have no members').optional(),
    protected: queryBoolean.optional(),
    tag: queryTexts.optional(),
    size_min: wholeBigint.optional(),
    size_max: wholeBigint.optional(),
  })
  .catchall(queryText)
  .refine(
    ({ sort, sort_key: key, sort_dir: way }) => sort === undefined || (key ?? way) === undefined,
    {
      path: ['sort'],
      message: 'cannot be combined with sort_key or sort_dir',
    },
  );

export type ListQuery = z.output<typeof listQuery>;

/** Reads at most `take` images. Fault BAD_REQUEST: an unknown marker. */
export async function listImages(
  sql: Sql,
  caller: Caller,
  query: ListQuery,
  take: number,
): Promise<Image[]> {
  const cursor = query.marker === undefined ? {} : await after(sql, caller, query.marker);
  return sql.image.findMany({
    where: { AND: [visibleTo(caller, query.visibility), filterOf(query)] },
    orderBy: orderOf(query),
    take,
    ...cursor,
  });
}

async function after(
  sql: Sql,
  caller: Caller,
  marker: string,
): Promise<Pick<Prisma.ImageFindManyArgs, 'cursor' | 'skip'>> {
  try {
    const { id } = await visibleImage(sql, caller, marker);
    return { cursor: { id }, skip: 1 };
  } catch (error) {
    throw error instanceof Fault ? markerMissing(marker) : error;
  }
}

/** No image is hidden. */
const noImage = { id: { in: [] } };

function filterOf(query: ListQuery): Prisma.ImageWhereInput {
  const known = new Set(Object.keys(listQuery.shape));
  const properties = Object.entries(query).filter(([key]) => !known.has(key));
  const { id, tag, os_hidden: hidden, size_min: gte, size_max: lte } = query;
  const where: Prisma.ImageWhereInput = {
    ...given('name', query.name),
    ...given('status', query.status),
    ...given('visibility', query.visibility === 'all' ? undefined : query.visibility),
    ...given('owner', query.owner),
    ...given('diskFormat', query.disk_format),
    ...given('containerFormat', query.container_format),
    ...given('checksum', query.checksum),
    ...given('sha256', query.os_hash_value),
    ...given('protected', query.protected),
    ...(tag === undefined ? {} : { tags: { hasEvery: tag } }),
    ...(gte === undefined && lte === undefined
      ? {}
      : { size: { ...given('gte', gte), ...given('lte', lte) } }),
    AND: [
      ...(hidden === true ? [noImage] : []),
      ...properties.map(([key, equals]) => ({
        properties: { path: [key], equals: equals as string },
      })),
    ],
  };
  return id === undefined
    ? where
    : { ...where, id: { in: z.array(z.uuid()).catch([]).parse([id]) } };
}

const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>;

/** `sort=name:asc,created_at`, or the older pair sort_key and sort_dir; newest first by default. */
function orderOf(query: ListQuery): Prisma.ImageOrderByWithRelationInput[] {
  const pairs =
    query.sort === undefined
      ? (query.sort_key ?? ['created_at']).map((key, n) => [key, query.sort_dir?.[n] ?? 'desc'])
      : query.sort.split(',').map((pair) => pair.split(':'));
  const orders = pairs.map(([key, dir = 'desc']) => {
    const column = sortKey.safeParse(key);
    const way = direction.safeParse(dir);
    if (!column.success || !way.success) {
      throw new Fault('BAD_REQUEST', { reason: `Cannot sort by ${String(key)}:${dir}.` });
    }
    return { [sortColumns[column.data]]: way.data };
  });
  return [...orders, { id: 'desc' }];
}
