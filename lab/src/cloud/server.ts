import type { Session } from '@metalcast/cloud-client';
import { z } from 'zod';

const serverView = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  'OS-EXT-SRV-ATTR:hypervisor_hostname': z.string().nullish(),
  fault: z.object({ message: z.string(), details: z.string().optional() }).optional(),
  addresses: z.record(z.string(), z.array(z.object({ addr: z.string().nullable() }))).default({}),
});
export type Server = z.output<typeof serverView>;

const created = z.object({ server: z.object({ id: z.string() }) });
const listed = z.object({ servers: z.array(serverView) });
const shown = z.object({ server: serverView });

export async function findServer(session: Session, name: string): Promise<Server | undefined> {
  const answer = await session.request({ api: 'compute', path: '/servers/detail' });
  return listed.parse(answer).servers.find((server) => server.name === name);
}

export async function showServer(session: Session, id: string): Promise<Server> {
  return shown.parse(await session.request({ api: 'compute', path: `/servers/${id}` })).server;
}

export async function createServer(
  session: Session,
  server: { name: string; imageRef: string; flavorRef: string; availability_zone?: string },
): Promise<string> {
  const answer = await session.request({
    api: 'compute',
    method: 'POST',
    path: '/servers',
    body: { server },
  });
  return created.parse(answer).server.id;
}

/** The first address that the server has. */
export const addressOf = ({ addresses }: Server): string | undefined =>
  Object.values(addresses).flat()[0]?.addr ?? undefined;
