import { Inject, Injectable } from '@nestjs/common';
import { isUniqueViolation, Prisma, type Interface } from '@metalcast/db';
import {
  findNodeToSwitch,
  findShownNode,
  inPages,
  nodeKeyOf,
  readPage,
  type NewInterface,
  type NodeList,
  type NodeToSwitch,
  type ShownNode,
} from '@metalcast/db/api';
import { ModelDatabase, type Sql } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { lockSet, refuseUsed } from './node-set.js';
import { takenReason } from './taken.js';

const present = Prisma.sql`deleted_at IS NULL`;

/** Enrolled machines, as administrators see them, and their interfaces. */
@Injectable()
export class Nodes {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /** By their ids, read page by page; of those only whose uuid holds `uuidPart`. */
  pages<R extends { readonly id: number }>(
    list: NodeList<R>,
    uuidPart?: string,
  ): AsyncGenerator<R[]> {
    const part =
      uuidPart === undefined
        ? Prisma.sql`true`
        : Prisma.sql`strpos(uuid::text, ${uuidPart}::text) > 0`;
    return inPages((after: { readonly id: number } | undefined, take) =>
      readPage<R>(this.database, list, {
        where: Prisma.sql`${present} AND id > ${after?.id ?? 0} AND ${part}`,
        take,
      }),
    );
  }

  /**
   * From after the node that `marker` names on, which may have been removed since. Fault BAD_REQUEST: there never was
   * such a node.
   */
  async page<R extends object>(
    list: NodeList<R>,
    { marker, take }: { readonly marker?: string | undefined; readonly take: number },
  ): Promise<R[]> {
    return readPage<R>(this.database, list, { where: present, marker, take });
  }

  /** By uuid or name. Fault NOT_FOUND. */
  async find(key: string): Promise<ShownNode> {
    return known(key, await findShownNode(this.database, nodeKeyOf(key)));
  }

  /** By its number, as clients of the compute API name it. Fault NOT_FOUND. */
  async findNumbered(id: number): Promise<ShownNode> {
    return known(String(id), await findShownNode(this.database, { id }));
  }

  /** As `find`: no more than what a power command needs. Fault NOT_FOUND. */
  async findToSwitch(key: string): Promise<NodeToSwitch> {
    return known(key, await findNodeToSwitch(this.database, nodeKeyOf(key)));
  }

  /** Fault CONFLICT when the MAC belongs to a node already. */
  async addInterface(key: string, nic: NewInterface): Promise<Interface> {
    let uuid = '';
    try {
      return await this.database.transaction(async ({ sql }) => {
        const [locked] = await lockSet(sql, [{ key }], 'changed');
        uuid = locked?.node.uuid ?? '';
        return insertInterface(sql, locked?.node.id ?? 0, nic);
      });
    } catch (error) {
      if (!isUniqueViolation(error)) {
        throw error;
      }
      const reason = await takenReason(this.database, { uuid, macs: [nic.address] });
      throw new Fault('CONFLICT', { reason }, { cause: error });
    }
  }

  /** By id, MAC or both; both must fit. Faults NOT_FOUND, and NODE_IN_USE while a server uses the node. */
  async removeInterface(
    key: string,
    which: { id?: number | undefined; address?: string | undefined },
  ): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      const locked = await lockSet(sql, [{ key }], 'changed');
      for (const { node } of locked) {
        refuseUsed(node, 'remove an interface of');
      }
      const { count } = await sql.interface.deleteMany({
        where: {
          nodeId: { in: locked.map(({ node: { id } }) => id) },
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

function known<T>(key: string, node: T | undefined): T {
  if (node === undefined) {
    throw new Fault('NOT_FOUND', { what: 'Node', id: key });
  }
  return node;
}

async function insertInterface(sql: Sql, nodeId: number, nic: NewInterface): Promise<Interface> {
  return sql.interface.create({
    data: {
      nodeId,
      address: nic.address,
      datapathId: nic.datapathId ?? null,
      portNo: nic.portNo ?? null,
      pxe: nic.pxe ?? true,
    },
  });
}
