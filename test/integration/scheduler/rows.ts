import { randomBytes, randomUUID } from 'node:crypto';
import { scheduler, type FlavorSnapshot } from '@metalcast/contracts';
import type { Prisma } from '@metalcast/db';
import { insertBuilds, type CommonColumns, type OwnColumns } from '@metalcast/db/api';
import type { ModelDatabase } from '@metalcast/db/models';
import { castMessage } from '@metalcast/rpc';
import { anImage, tinyFlavor } from '../snapshots.js';

export type NodeRow = Partial<Prisma.NodeCreateManyInput>;

export const requester = { requestId: 'req-test', projectId: 'p1', userId: 'u1' };

/** Sizes that fit every flavor of `flavors`. */
const sizes = [
  { cpus: 4, memoryMb: 8192, localGb: 100 },
  { cpus: 8, memoryMb: 16_384, localGb: 200 },
  { cpus: 16, memoryMb: 65_536, localGb: 480 },
  { cpus: 32, memoryMb: 131_072, localGb: 960 },
] as const;

export const flavors: readonly Partial<FlavorSnapshot>[] = [
  { flavorid: 'tiny', name: 'tiny', memory_mb: 512, vcpus: 1, root_gb: 4 },
  { flavorid: 'small', name: 'small', memory_mb: 2048, vcpus: 2, root_gb: 20 },
  { flavorid: 'medium', name: 'medium', memory_mb: 8192, vcpus: 4, root_gb: 80 },
];

/** Enrols nodes of different sizes with one interface each, ten to a rack; returns their uuids. */
export async function enrol(
  { prisma }: ModelDatabase,
  count: number,
  row: NodeRow | ((index: number) => NodeRow) = {},
): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => ({
    uuid: randomUUID(),
    powerDriver: 'fake',
    rack: `r${Math.floor(index / 10)}`,
    ...sizes[index % sizes.length]!,
    ...(typeof row === 'function' ? row(index) : row),
  }));
  const nodes = await prisma.node.createManyAndReturn({ data: rows, select: { id: true } });
  await prisma.interface.createMany({
    data: nodes.map(({ id: nodeId }) => ({ nodeId, address: aMac() })),
  });
  return rows.map(({ uuid }) => uuid);
}

export interface ServerAsked {
  readonly flavor?: Partial<FlavorSnapshot>;
  readonly hints?: Record<string, unknown>;
  readonly group?: string;
  readonly row?: Partial<CommonColumns>;
}

/** Commits what the api commits for each server, including casts; returns the servers' uuids. */
export async function ask(
  database: ModelDatabase,
  servers: readonly ServerAsked[],
): Promise<string[]> {
  const uuids: string[] = [];
  for (const server of servers) {
    uuids.push(await insert(database, server, true));
  }
  return uuids;
}

/** A server that waits for its node, without a cast to the scheduler. */
export async function askInSilence(
  database: ModelDatabase,
  server: ServerAsked = {},
): Promise<string> {
  return insert(database, server, false);
}

async function insert(
  database: ModelDatabase,
  server: ServerAsked,
  told: boolean,
): Promise<string> {
  const uuid = randomUUID();
  const build = { common: commonColumns(server), each: [ownColumns(uuid)], requester };
  await insertBuilds(database, build, (out) => {
    if (told) {
      const args = { request_spec: { instance_uuids: [uuid] } };
      out.cast(uuid, castMessage(scheduler, 'runInstance', args, requester));
    }
  });
  return uuid;
}

export async function serverGroup(
  { prisma }: ModelDatabase,
  policy: string,
  scope = 'rack',
): Promise<string> {
  const data = { name: policy, policy, scope, projectId: 'p1', userId: 'u1' };
  return (await prisma.serverGroup.create({ data: { id: randomUUID(), ...data } })).id;
}

const aMac = (): string => `52${randomBytes(5).toString('hex').replaceAll(/../g, ':$&')}`;

const ownColumns = (uuid: string): OwnColumns => ({
  ...{ uuid, displayName: 'server', hostname: 'server', launchIndex: 0 },
  ...{ userData: null, adminPass: null },
});

function commonColumns({ flavor = {}, hints = {}, group, row = {} }: ServerAsked): CommonColumns {
  const asked = { ...tinyFlavor, ...flavor };
  const image = anImage();
  return {
    ...{ userId: 'u1', projectId: 'p1', displayDescription: null, reservationId: 'r-1' },
    ...{ imageRef: image.id, image, flavor: asked, metadata: {}, requestedNetworks: 'auto' },
    ...{ memoryMb: asked.memory_mb, vcpus: asked.vcpus, rootGb: asked.root_gb, ephemeralGb: 0 },
    ...{ keyName: null, keyData: null, availabilityZone: null, forcedHost: null, forcedNode: null },
    ...{ schedulerHints: hints, serverGroupId: group ?? null, configDrive: true },
    ...row,
  };
}
