import { faultRecord } from '@metalcast/contracts';
import type { Node, Operation } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { expect, vi } from 'vitest';
import type { SchedulerRig } from './rig.js';

const hearingMs = 5000;

export interface Verdict {
  /** Node uuid by server uuid. */
  readonly placed: ReadonlyMap<string, string>;
  /** Reason of the refusal by server uuid. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * The result of the servers according to the rows. Fails when a server was placed twice or lost, or when the rows of
 * its operation and node, its events and the casts to compute disagree.
 */
export async function verdict(rig: SchedulerRig, servers: readonly string[]): Promise<Verdict> {
  const { database, heard } = rig;
  const operations = await database.prisma.operation.findMany({
    where: { instanceUuid: { in: [...servers] } },
  });
  expect(operations).toHaveLength(servers.length);
  const nodes = await database.prisma.node.findMany({ where: { instanceUuid: { not: null } } });
  const byServer = new Map(nodes.map((node) => [node.instanceUuid, node]));
  const placed = new Map<string, string>();
  const refused = new Map<string, string>();
  for (const operation of operations) {
    const uuid = operation.instanceUuid!;
    const node = byServer.get(uuid);
    expect(operation).toMatchObject({ state: 'waiting', awaiting: null });
    if (operation.fault === null) {
      agree(operation, node);
      placed.set(uuid, node!.uuid);
    } else {
      expect(node).toBeUndefined();
      expect(operation).toMatchObject({ nodeId: null, epoch: null });
      refused.set(uuid, reasonOf(operation));
    }
  }
  expect(new Set(placed.values()).size).toBe(placed.size);
  const without = operations.filter(({ fault }) => fault !== null).map(({ id }) => id);
  // A message that has left the outbox may still be in transit.
  await vi.waitFor(() => {
    const told = servers.filter((uuid) => heard.placed.has(uuid));
    expect(told.sort()).toEqual([...placed.keys()].sort());
    expect(without.filter((id) => !heard.woken.has(id))).toEqual([]);
  }, hearingMs);
  await toldOnce(database, placed);
  return { placed, refused };
}

function agree(operation: Operation, node: Node | undefined): void {
  expect(node).toMatchObject({
    id: operation.nodeId,
    operationId: operation.id,
    epoch: operation.epoch,
    taskState: 'building',
  });
}

function reasonOf(operation: Operation): string {
  const { code, message } = faultRecord.parse(operation.fault);
  expect(code).toBe('NO_VALID_HOST');
  return message;
}

async function toldOnce(
  { prisma }: ModelDatabase,
  placed: ReadonlyMap<string, string>,
): Promise<void> {
  const ofServers = await prisma.event.findMany({
    where: { type: 'instance.scheduled', subject: { in: [...placed.keys()] } },
  });
  expect(ofServers.map(({ subject }) => subject).sort()).toEqual([...placed.keys()].sort());
  const ofNodes = await prisma.event.findMany({
    where: { type: 'node.state', subject: { in: [...placed.values()] } },
  });
  expect(ofNodes.map(({ subject }) => subject).sort()).toEqual([...placed.values()].sort());
}
