import { compute } from '@metalcast/contracts';
import {
  isUnplaced,
  requestDelete,
  type Database,
  type Instance,
  type Network,
  type Port,
  type Prisma,
  zonesOfNodes,
} from '@metalcast/db';
import { Fault, isUuid } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import { messageContext, type Caller } from '../../http/caller.js';
import { deleteUnplaced, type NotifyingConfig } from './delete-unplaced.js';
import type { ListServers } from './servers.schema.js';

export interface ServerWithPorts {
  readonly instance: Instance;
  /** Of its node, once it has one. */
  readonly zone: string | undefined;
  readonly ports: readonly (Port & { network: Network })[];
}

/** Servers as callers may see and delete them. */
export class Servers {
  constructor(
    private readonly database: Database,
    private readonly config: NotifyingConfig,
  ) {}

  /** Fault NOT_FOUND; also for another project's server, unless to an administrator. */
  async find(uuid: string, caller: Caller): Promise<ServerWithPorts> {
    const instance = isUuid(uuid)
      ? await this.database.prisma.instance.findFirst({
          where: { uuid, deletedAt: null, ...own(caller) },
        })
      : null;
    if (instance === null) {
      throw new Fault('NOT_FOUND', { what: 'Instance', id: uuid });
    }
    const [server] = await this.withPorts([instance]);
    return server ?? { instance, zone: undefined, ports: [] };
  }

  /** Newest first, as Nova. */
  async list(query: ListServers, caller: Caller): Promise<ServerWithPorts[]> {
    const after = query.marker === undefined ? undefined : await this.find(query.marker, caller);
    const instances = await this.database.prisma.instance.findMany({
      where: {
        deletedAt: null,
        ...(isAllProjects(query, caller) ? {} : { projectId: caller.projectId }),
        ...filters(query, caller),
        ...(after === undefined ? {} : { id: { lt: after.instance.id } }),
      },
      orderBy: { id: 'desc' },
      take: query.limit,
    });
    return this.withPorts(instances);
  }

  /**
   * Accepts the deletion; it is done when the server is gone: at once for one that has no node (spec 2.4), so that
   * a client that waits for a failed server to go does not take its ERROR for that of the deletion. Repeatable.
   */
  async delete(uuid: string, caller: Caller): Promise<void> {
    const { instance } = await this.find(uuid, caller);
    const context = messageContext(caller);
    await this.database.transaction(async ({ sql, out }) => {
      if (await isUnplaced(sql, instance)) {
        await deleteUnplaced({ sql, out }, instance, context, this.config);
        return;
      }
      await requestDelete(sql, instance, context);
      const args = { instance: { uuid } };
      out.cast(uuid, castMessage(compute, 'terminateInstance', args, context));
    });
  }

  private async withPorts(instances: readonly Instance[]): Promise<ServerWithPorts[]> {
    const ports = await this.database.prisma.port.findMany({
      where: { deviceId: { in: instances.map(({ uuid }) => uuid) } },
      include: { network: true },
      orderBy: { createdAt: 'asc' },
    });
    const nodes = instances.flatMap(({ node }) => node ?? []);
    const zones = await zonesOfNodes(this.database.prisma, nodes);
    return instances.map((instance) => ({
      instance,
      zone: zones.get(instance.node ?? ''),
      ports: ports.filter(({ deviceId }) => deviceId === instance.uuid),
    }));
  }
}

const own = ({ isAdmin, projectId }: Caller): Prisma.InstanceWhereInput =>
  isAdmin ? {} : { projectId };

const isAllProjects = ({ all_tenants: all }: ListServers, { isAdmin }: Caller): boolean =>
  isAdmin && all !== undefined && !['0', 'false'].includes(all.toLowerCase());

const vmStates: Readonly<Record<string, string>> = {
  ACTIVE: 'active',
  BUILD: 'building',
  ERROR: 'error',
  SHUTOFF: 'stopped',
};

function filters(query: ListServers, { isAdmin }: Caller): Prisma.InstanceWhereInput {
  const { name, status, flavor, image, reservation_id: reservationId, host, node } = query;
  return {
    ...(name === undefined ? {} : { displayName: { contains: name } }),
    ...(status === undefined ? {} : { vmState: vmStates[status.toUpperCase()] ?? 'none' }),
    ...(flavor === undefined ? {} : { flavor: { path: ['flavorid'], equals: flavor } }),
    ...(image === undefined ? {} : { imageRef: image }),
    ...(reservationId === undefined ? {} : { reservationId }),
    ...(host === undefined || !isAdmin ? {} : { host }),
    ...(node === undefined || !isAdmin ? {} : { node }),
  };
}
