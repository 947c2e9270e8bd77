import { eventOf, storedDiskHints } from '@metalcast/contracts';
import type { Prisma } from '@metalcast/db';
import {
  findNodeToSwitch,
  findZoneConflict,
  inPages,
  isUniqueViolation,
  lockAggregates,
  lockNode,
  type Interface,
  type NewInterface,
  type Node,
  type NodeClaims,
  type NodeKey,
  type NodePower,
  type NodeToSwitch,
  type Secrets,
  type Sql,
} from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import {
  Fault,
  isUuid,
  nodeLabel,
  nodeStateOf,
  restWithoutServer,
  type NodeState,
} from '@metalcast/domain';
import type { Caller } from '../http/caller.js';
import { hintOf, refuseKeptRoot } from './disk-marks.js';
import { concernsBmc, nodeColumns, type Enrolment } from './enrolment.js';
import { bmcColumns } from './power-enrolment.js';
import { takenReason } from './taken.js';

export type EnrolledNode = Node & { interfaces: Interface[]; power: NodePower | null };

/** Enrolled machines, as administrators see and change them. */
export class Nodes {
  constructor(
    private readonly database: ModelDatabase,
    private readonly secrets: Secrets,
  ) {}

  /** By their ids; of those only whose uuid holds `uuidPart`. */
  pages(uuidPart?: string): AsyncGenerator<EnrolledNode[]> {
    return inPages((after: EnrolledNode | undefined, take) =>
      this.page({ afterId: after?.id ?? 0, take, ...(uuidPart === undefined ? {} : { uuidPart }) }),
    );
  }

  async page({
    afterId,
    take,
    uuidPart,
  }: {
    readonly afterId: number;
    readonly take: number;
    readonly uuidPart?: string;
  }): Promise<EnrolledNode[]> {
    const { prisma } = this.database;
    const ids =
      uuidPart === undefined
        ? undefined
        : await prisma.$queryRaw<{ id: number }[]>`
            SELECT id FROM nodes
             WHERE deleted_at IS NULL AND id > ${afterId} AND strpos(uuid::text, ${uuidPart}) > 0
             ORDER BY id LIMIT ${take}`;
    return prisma.node.findMany({
      where: {
        deletedAt: null,
        id: ids === undefined ? { gt: afterId } : { in: ids.map(({ id }) => id) },
      },
      include: { interfaces: { orderBy: { id: 'asc' } }, power: true },
      orderBy: { id: 'asc' },
      take,
    });
  }

  /** By their uuids; those that are gone are left out. */
  async ofUuids(uuids: readonly string[]): Promise<ReadonlyMap<string, EnrolledNode>> {
    if (uuids.length === 0) {
      return new Map();
    }
    const nodes = await this.database.prisma.node.findMany({
      where: { deletedAt: null, uuid: { in: [...uuids] } },
      include: { interfaces: { orderBy: { id: 'asc' } }, power: true },
    });
    return new Map(nodes.map((node) => [node.uuid, node]));
  }

  /** The id of the node that a page ends with, by id or uuid; it may have been removed since. */
  async idOfMarker(marker: string): Promise<number | undefined> {
    const which = isUuid(marker)
      ? { uuid: marker }
      : { id: /^\d{1,9}$/.test(marker) ? Number(marker) : 0 };
    const node = await this.database.prisma.node.findFirst({ where: which, select: { id: true } });
    return node?.id;
  }

  /** By id, uuid or name. Fault NOT_FOUND. */
  async find(key: string): Promise<EnrolledNode> {
    const node = await this.database.prisma.node.findFirst({
      where: { deletedAt: null, ...(await this.whichNode(key)) },
      include: { interfaces: { orderBy: { id: 'asc' } }, power: true },
    });
    if (node === null) {
      throw new Fault('NOT_FOUND', { what: 'Node', id: key });
    }
    return node;
  }

  /** As `find`, by one statement: no more than what a power command needs. Fault NOT_FOUND. */
  async findToSwitch(key: string): Promise<NodeToSwitch> {
    const node = await findNodeToSwitch(this.database, keyOf(key));
    if (node === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Node', id: key });
    }
    return node;
  }

  /**
   * Changes what is given; the event tells the `fields` by the API's names. Faults: CONFLICT when the name or the BMC is taken,
   * or when it would be in two zones; BAD_REQUEST when its power can't be used then; INVALID_STATE for its disks' marks while work
   * on it is under way, which goes by the marks that were there when it began.
   */
  async update(
    key: string,
    changes: Partial<Enrolment>,
    { fields, requestId }: { fields: string[]; requestId: string },
  ): Promise<EnrolledNode> {
    const { id, uuid } = await this.find(key);
    const data = nodeColumns(uuid, changes, this.secrets);
    const about: { -readonly [K in keyof NodeClaims]: NodeClaims[K] } = {
      uuid,
      name: changes.name,
    };
    await this.conflicts(about, () =>
      this.database.transaction(async ({ sql, out }) => {
        const isMoved = changes.serviceHost !== undefined;
        if (isMoved) {
          await lockAggregates(sql);
        }
        const node = await lockedNode(sql, id, key);
        if (changes.rootDevice !== undefined || changes.keepDisks !== undefined) {
          refuseBusy(node, 'change which disks are meant of');
          refuseKeptRoot(
            changes.rootDevice === undefined ? hintOf(node.rootDevice) : changes.rootDevice,
            changes.keepDisks ?? storedDiskHints.parse(node.keepDisks),
          );
        }
        if (changes.dataOf !== undefined) {
          refuseUsed(node, 'empty data_of of');
        }
        const bmc = concernsBmc(changes)
          ? bmcColumns({ ...node, ...data }, changes.pmPassword)
          : undefined;
        about.bmc = bmc;
        await sql.node.update({ where: { id }, data: { ...data, ...bmc } });
        if (isMoved) {
          await refuseTwoZones(sql);
        }
        out.emit(eventOf('nodeChanged', { subject: uuid, requestId }, { node_id: id, fields }));
      }),
    );
    return this.find(uuid);
  }

  /** Removes the node; its interfaces for good, so that their MACs can come back. Fault NODE_IN_USE, INVALID_STATE. */
  async remove(key: string, { requestId }: Caller): Promise<void> {
    const { id, uuid } = await this.find(key);
    await this.database.transaction(async ({ sql, out }) => {
      const node = idle(await lockedNode(sql, id, key), 'delete');
      await sql.interface.deleteMany({ where: { nodeId: id } });
      await sql.aggregateHost.deleteMany({ where: { host: uuid } });
      await sql.node.update({
        where: { id },
        data: { deletedAt: new Date(), name: null, epoch: node.epoch + 1 },
      });
      out.emit(eventOf('nodeRemoved', { subject: uuid, requestId }, { node_id: id }));
    });
  }

  /** Fault CONFLICT when the MAC belongs to a node already. */
  async addInterface(key: string, nic: NewInterface): Promise<Interface> {
    const { id, uuid } = await this.find(key);
    return this.conflicts({ uuid, macs: [nic.address] }, () =>
      this.database.transaction(async ({ sql }) =>
        insertInterface(sql, await lockedNode(sql, id, key), nic),
      ),
    );
  }

  /** By id, MAC or both; both must fit. Faults NOT_FOUND, and NODE_IN_USE while a server uses the node. */
  async removeInterface(
    key: string,
    which: { id?: number | undefined; address?: string | undefined },
  ): Promise<void> {
    const { id } = await this.find(key);
    await this.database.transaction(async ({ sql }) => {
      const node = idle(await lockedNode(sql, id, key), 'remove an interface of');
      const { count } = await sql.interface.deleteMany({
        where: {
          nodeId: node.id,
          ...(which.id === undefined ? {} : { id: which.id }),
          ...(which.address === undefined ? {} : { address: which.address }),
        },
      });
      if (count === 0) {
        throw new Fault('NOT_FOUND', { what: 'Interface', id: which.address ?? which.id ?? '' });
      }
    });
  }

  /** Names differ in more than case. */
  private async whichNode(key: string): Promise<Prisma.NodeWhereInput> {
    const which = keyOf(key);
    if (!('name' in which)) {
      return which;
    }
    const [named] = await this.database.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM nodes WHERE lower(name) = lower(${key})`;
    return { id: named?.id ?? 0 };
  }

  /** A value that another node has is the request's mistake, not ours. */
  private async conflicts<T>(claims: NodeClaims, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isUniqueViolation(error)) {
        throw error;
      }
      const reason = await takenReason(this.database, claims);
      throw new Fault('CONFLICT', { reason }, { cause: error });
    }
  }
}

function keyOf(key: string): NodeKey {
  if (/^\d{1,9}$/.test(key)) {
    return { id: Number(key) };
  }
  return isUuid(key) ? { uuid: key } : { name: key };
}

/** The row of the node found by `key`, locked. Fault NOT_FOUND when it has been removed meanwhile. */
async function lockedNode(sql: Sql, id: number, key: string): Promise<Node> {
  const node = await lockNode(sql, id);
  if (node === undefined || node.deletedAt !== null) {
    throw new Fault('NOT_FOUND', { what: 'Node', id: key });
  }
  return node;
}

/** The node, when no server has it and nothing works on it. */
function idle(node: Node, action: string): Node {
  refuseUsed(node, action);
  return node;
}

/** Faults NODE_IN_USE, INVALID_STATE: a server has it, or it is not at rest. */
function refuseUsed(node: Node, action: string): void {
  if (node.instanceUuid !== null) {
    throw new Fault('NODE_IN_USE', { node: nodeLabel(node), instance: node.instanceUuid });
  }
  refuseBusy(node, action, restWithoutServer);
}

/** Fault INVALID_STATE while an operation works on the node, or when it is in none of the `states`. */
function refuseBusy(node: Node, action: string, states?: readonly NodeState[]): void {
  const state = nodeStateOf(node.taskState);
  if (node.operationId !== null || states?.includes(state) === false) {
    const what = { action, what: 'node', id: nodeLabel(node), attribute: 'task_state', state };
    throw new Fault('INVALID_STATE', what);
  }
}

/** Another compute host brings other aggregates. */
async function refuseTwoZones(sql: Sql): Promise<void> {
  const conflict = await findZoneConflict(sql);
  if (conflict !== undefined) {
    const { member, zones } = conflict;
    const reason = `${member} would be in the availability zones ${zones.join(' and ')} by its aggregates.`;
    throw new Fault('CONFLICT', { reason });
  }
}

async function insertInterface(sql: Sql, node: Node, nic: NewInterface): Promise<Interface> {
  return sql.interface.create({
    data: {
      nodeId: node.id,
      address: nic.address,
      datapathId: nic.datapathId ?? null,
      portNo: nic.portNo ?? null,
      pxe: nic.pxe ?? true,
    },
  });
}
