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
const reserved = z.object({ reservation_id: z.string() });
const listed = z.object({ servers: z.array(serverView) });
const shown = z.object({ server: serverView });

export async function findServer(session: Session, name: string): Promise<Server | undefined> {
  const answer = await session.request({ api: 'compute', path: '/servers/detail' });
  return listed.parse(answer).servers.find((server) => server.name === name);
}

export async function showServer(session: Session, id: string): Promise<Server> {
  return shown.parse(await session.request({ api: 'compute', path: `/servers/${id}` })).server;
}

export interface WantedServer {
  readonly name: string;
  readonly imageRef: string;
  readonly flavorRef: string;
  readonly availability_zone?: string;
}

export async function createServer(session: Session, server: WantedServer): Promise<string> {
  const answer = await session.request({
    api: 'compute',
    method: 'POST',
    path: '/servers',
    body: { server },
  });
  return created.parse(answer).server.id;
}

/** Creates `count` equal servers in one request. Returns the id of their reservation. */
export async function createServers(
  session: Session,
  wanted: WantedServer,
  count: number,
): Promise<string> {
  const server = { ...wanted, min_count: count, return_reservation_id: true };
  const answer = await session.request({
    api: 'compute',
    method: 'POST',
    path: '/servers',
    body: { server },
  });
  return reserved.parse(answer).reservation_id;
}

/** The server's first address. */
export const addressOf = ({ addresses }: Server): string | undefined =>
  Object.values(addresses).flat()[0]?.addr ?? undefined;
