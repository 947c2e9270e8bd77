import type { Node, Sql } from '@metalcast/db';

const most = 32;
const longest = 64 * 1024;

/**
 * Where the node's newest deployment that was written has its data, as `offset:length …`: places at which a discard that
 * did nothing shows. Evenly drawn from all, a little of each.
 */
export async function probesOf(sql: Sql, { id: nodeId }: Node): Promise<string> {
  const before = await sql.deployment.findFirst({
    where: { nodeId, verifyExtents: { not: null } },
    orderBy: { epoch: 'desc' },
    select: { verifyExtents: true },
  });
  const extents = (before?.verifyExtents ?? '').split(' ').filter((extent) => extent !== '');
  const every = Math.max(1, Math.ceil(extents.length / most));
  return extents
    .filter((_, index) => index % every === 0)
    .map((extent) => {
      const [offset = '0', length = '0'] = extent.split(':');
      return `${offset}:${String(Math.min(Number(length), longest))}`;
    })
    .join(' ');
}
