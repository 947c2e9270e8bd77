import { compute } from '@metalcast/contracts';
import {
  isUnplaced,
  isUnusablePattern,
  listServices,
  requestDelete,
  type Instance,
  type Network,
  type Port,
  type ServiceWithState,
  Prisma,
  zonesOfNodes,
} from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import { messageContext, type Caller } from '../../http/caller.js';
import { conditionsOf } from './server-filters.js';
import { deleteUnplaced, type NotifyingConfig } from './delete-unplaced.js';
import type { ListServers } from './servers.schema.js';

const filterMs = 3000;

export interface ServerWithPorts {
  readonly instance: Instance;
  /** Of its node, once it has one. */
  readonly zone: string | undefined;
  /** Of its compute host, in Nova's words; empty without one. */
  readonly hostStatus: string;
  readonly ports: readonly (Port & { network: Network })[];
}

/** Servers as callers may see and delete them. */
export class Servers {
  constructor(
    private readonly database: ModelDatabase,
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
    return server ?? { instance, zone: undefined, hostStatus: '', ports: [] };
  }

  /** Newest first, as Nova. Faults: FORBIDDEN; BAD_REQUEST for an unknown marker and a pattern that cannot be used. */
  async list(query: ListServers, caller: Caller): Promise<ServerWithPorts[]> {
    const after = query.marker === undefined ? undefined : await this.marker(query.marker, caller);
    const ids = await this.idsOf(query, caller, after);
    const instances = await this.database.prisma.instance.findMany({
      where: { id: { in: ids } },
      orderBy: { id: 'desc' },
    });
    return this.withPorts(instances);
  }

  private async idsOf(
    query: ListServers,
    caller: Caller,
    after: number | undefined,
  ): Promise<number[]> {
    const older = after === undefined ? Prisma.sql`TRUE` : Prisma.sql`id < ${after}`;
    try {
      return await this.database.transaction(async ({ sql }) => {
        // A user's pattern may take for ever.
        await sql.$executeRaw`SELECT set_config('statement_timeout', ${String(filterMs)}, true)`;
        const rows = await sql.$queryRaw<{ id: number }[]>`
          SELECT id FROM instances WHERE ${older} AND ${conditionsOf(query, caller)}
           ORDER BY id DESC LIMIT ${query.limit}`;
        return rows.map(({ id }) => id);
      });
    } catch (error) {
      if (isUnusablePattern(error)) {
        const reason = 'name or ip is no regular expression, or takes too long.';
        throw new Fault('BAD_REQUEST', { reason }, { cause: error });
      }
      throw error;
    }
  }

  private async marker(uuid: string, caller: Caller): Promise<number> {
    const instance = isUuid(uuid)
      ? await this.database.prisma.instance.findFirst({ where: { uuid, ...own(caller) } })
      : null;
    if (instance === null) {
      throw new Fault('BAD_REQUEST', { reason: `marker [${uuid}] not found` });
    }
    return instance.id;
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
    const services = await listServices(this.database, 'nova-compute');
    return instances.map((instance) => ({
      instance,
      zone: zones.get(instance.node ?? ''),
      hostStatus: hostStatus(instance, services),
      ports: ports.filter(({ deviceId }) => deviceId === instance.uuid),
    }));
  }
}

function hostStatus({ host }: Instance, services: readonly ServiceWithState[]): string {
  if (host === null) {
    return '';
  }
  const service = services.find((candidate) => candidate.host === host);
  if (service === undefined) {
    return 'UNKNOWN';
  }
  return service.disabled ? 'MAINTENANCE' : service.up ? 'UP' : 'DOWN';
}

const own = ({ isAdmin, projectId }: Caller): Prisma.InstanceWhereInput =>
  isAdmin ? {} : { projectId };
