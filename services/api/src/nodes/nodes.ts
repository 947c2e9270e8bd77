import { randomUUID } from 'node:crypto';
import { diskHint, diskHints, eventOf } from '@metalcast/contracts';
import type { Prisma } from '@metalcast/db';
import {
  findZoneConflict,
  isUniqueViolation,
  lockAggregates,
  lockNode,
  type Database,
  type Interface,
  type Node,
  type Secrets,
  type Sql,
} from '@metalcast/db';
import {
  diskHintText,
  Fault,
  isSurelyKept,
  isUuid,
  nodeStateOf,
  type DiskHint,
} from '@metalcast/domain';
import type { Caller } from '../http/caller.js';
import { nodeColumns, type Enrolment } from './enrolment.js';
import { checkPower } from './power-enrolment.js';

export type EnrolledNode = Node & { interfaces: Interface[] };

export interface NewInterface {
  /** Canonical MAC. */
  readonly address: string;
  readonly datapathId?: string | null | undefined;
  readonly portNo?: number | null | undefined;
  readonly pxe?: boolean | undefined;
}

const atRest = ['available', 'deleted', 'error'];

/** Enrolled machines, as administrators see and change them. */
export class Nodes {
  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
  ) {}

  async list(): Promise<EnrolledNode[]> {
    return this.database.prisma.node.findMany({
      where: { deletedAt: null },
      include: { interfaces: { orderBy: { id: 'asc' } } },
      orderBy: { id: 'asc' },
    });
  }

  /** By id, uuid or name. Fault NOT_FOUND. */
  async find(key: string): Promise<EnrolledNode> {
    const node = await this.database.prisma.node.findFirst({
      where: { deletedAt: null, ...whichNode(key) },
      include: { interfaces: { orderBy: { id: 'asc' } } },
    });
    if (node === null) {
      throw new Fault('NOT_FOUND', { what: 'Node', id: key });
    }
    return node;
  }

  /**
   * All or nothing. A uuid whose node was removed can come back. Faults BAD_REQUEST (power enrolment), CONFLICT (uuid, name or MAC taken).
   */
  async enrol(
    enrolment: Enrolment,
    interfaces: readonly NewInterface[],
    { requestId }: Caller,
  ): Promise<EnrolledNode> {
    const uuid = enrolment.uuid ?? randomUUID();
    const data = nodeColumns(uuid, enrolment, this.secrets);
    checkPower(data);
    refuseKeptRoot(enrolment.rootDevice ?? null, enrolment.keepDisks ?? []);
    const node = await conflicts(() =>
      this.database.transaction(async ({ sql, out }) => {
        const created = await sql.node.create({
          data: {
            ...(await takeFormerLife(sql, uuid)),
            ...data,
            uuid,
            cpus: enrolment.cpus,
            memoryMb: enrolment.memoryMb,
            localGb: enrolment.localGb,
          },
        });
        for (const nic of interfaces) {
          await insertInterface(sql, created, nic);
        }
        out.emit(eventOf('nodeEnrolled', { subject: uuid, requestId }, { node_id: created.id }));
        return created;
      }),
    );
    return this.find(node.uuid);
  }

  /**
   * Changes what is given; the event tells the `fields` by the API's names. Faults: CONFLICT when the name is taken,
   * or when it would be in two zones; BAD_REQUEST when its power can't be used then.
   */
  async update(
    key: string,
    changes: Partial<Enrolment>,
    { fields, requestId }: { fields: string[]; requestId: string },
  ): Promise<EnrolledNode> {
    const { id, uuid } = await this.find(key);
    const data = nodeColumns(uuid, changes, this.secrets);
    await conflicts(() =>
      this.database.transaction(async ({ sql, out }) => {
        const isMoved = changes.serviceHost !== undefined;
        if (isMoved) {
          await lockAggregates(sql);
        }
        const node = await lockedNode(sql, id, key);
        checkPower({ ...node, ...data });
        refuseKeptRoot(
          changes.rootDevice === undefined ? hintOf(node.rootDevice) : changes.rootDevice,
          changes.keepDisks ?? diskHints.parse(node.keepDisks),
        );
        await sql.node.update({ where: { id }, data });
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
    const { id } = await this.find(key);
    return conflicts(() =>
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
}

const hintOf = (stored: unknown): DiskHint | null => diskHint.nullable().parse(stored);

/** What the two alone tell; the rest is told when the machine's disks are seen. */
function refuseKeptRoot(root: DiskHint | null, keeps: readonly DiskHint[]): void {
  const keep = keeps.find((one) => root !== null && isSurelyKept(root, one));
  if (root !== null && keep !== undefined) {
    const reason = `root_device ${diskHintText(root)} is a disk that keep_disks (${diskHintText(keep)}) says is never written.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}

function whichNode(key: string): Prisma.NodeWhereInput {
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
  if (node.instanceUuid !== null) {
    throw new Fault('NODE_IN_USE', { node: node.uuid, instance: node.instanceUuid });
  }
  const state = nodeStateOf(node.taskState);
  if (!atRest.includes(state) || node.operationId !== null) {
    const what = { action, what: 'node', id: node.uuid, attribute: 'task_state', state };
    throw new Fault('INVALID_STATE', what);
  }
  return node;
}

type FormerLife = Pick<Node, 'id' | 'epoch' | 'version' | 'dataOf'>;

/**
 * Takes away the row of a removed node of that uuid. The new one goes on with its id, epoch and version, so that tokens,
 * commands and messages of the former life are stale for good; its disks hold what they held.
 */
async function takeFormerLife(sql: Sql, uuid: string): Promise<FormerLife | undefined> {
  const [former] = await sql.$queryRaw<FormerLife[]>`
    DELETE FROM nodes WHERE uuid = ${uuid}::uuid AND deleted_at IS NOT NULL
    RETURNING id, epoch, version + 1 AS version, data_of::text[] AS "dataOf"`;
  return former;
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

const uniques = [
  { index: 'address', what: 'MAC address' },
  { index: 'name', what: 'name' },
  { index: 'uuid', what: 'uuid' },
];

/** A value that another node has is the request's mistake, not ours. */
async function conflicts<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) {
      const which = uniques.find(({ index }) => isUniqueViolation(error, index))?.what ?? 'value';
      const reason = `Another node has this ${which} already.`;
      throw new Fault('CONFLICT', { reason }, { cause: error });
    }
    throw error;
  }
}
