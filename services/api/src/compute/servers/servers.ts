import { Inject, Injectable } from '@nestjs/common';
import { compute } from '@metalcast/contracts';
import { isUnusablePattern, Prisma, type Instance } from '@metalcast/db';
import { isUnplaced, markerMissing, requestDelete } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import { ConcurrencyLimit } from '@metalcast/work';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { messageContext, type Caller } from '../../http/access/caller.js';
import { projectCondition } from '../../policy/ownership.js';
import { type Rule } from '../../policy/policy.js';
import { conditionsOf } from './server-filters.js';
import { deleteUnplaced, type NotifyingConfig } from './delete-unplaced.js';
import {
  nameColumns,
  shownColumns,
  withSurroundings,
  type ServerName,
  type ServerWithPorts,
  type ShownInstance,
} from './server-rows.js';
import { orderOf } from './server-order.js';
import type { ListServers } from './servers.schema.js';

/** The longest time for a search by a user's pattern. */
const searchMs = 1000;
/** Searches at once: other requests need connections too. */
const mostSearches = 2;

/** Finds, lists and deletes servers within the caller's reach. */
@Injectable()
export class Servers {
  private readonly searches = new ConcurrencyLimit(mostSearches);

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(API_CONFIG) private readonly config: NotifyingConfig,
  ) {}

  /** A server within the reach of `rule`. Fault NOT_FOUND, also for a server beyond that reach. */
  async find(uuid: string, rule: Rule, caller: Caller): Promise<Pick<Instance, 'uuid' | 'node'>> {
    return this.read(Prisma.raw('uuid, node'), uuid, projectCondition(rule, caller));
  }

  /** As `find`, also a deleted server that has not expired. */
  async findKept(uuid: string, rule: Rule, caller: Caller): Promise<Pick<Instance, 'uuid'>> {
    const isKept = Prisma.sql`expired_at IS NULL`;
    return this.read(Prisma.raw('uuid'), uuid, projectCondition(rule, caller), isKept);
  }

  /** As `find`, with everything that answers show. */
  async show(uuid: string, caller: Caller): Promise<ServerWithPorts> {
    const instance = await this.read<ShownInstance>(shownColumns, uuid, shown(caller));
    const [server] = await withSurroundings(this.database, [instance]);
    return server ?? { instance, zone: undefined, hostStatus: '', ports: [] };
  }

  private async read<R extends object>(
    columns: Prisma.Sql,
    uuid: string,
    reached: Prisma.Sql,
    life = Prisma.sql`deleted_at IS NULL`,
  ): Promise<R> {
    const [instance] = isUuid(uuid)
      ? await this.database.sql.$queryRaw<R[]>(Prisma.sql`
          SELECT ${columns} FROM instances WHERE uuid = ${uuid}::uuid AND ${life} AND ${reached}`)
      : [];
    if (instance === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Instance', id: uuid });
    }
    return instance;
  }

  /** In the order of the query. Faults: FORBIDDEN; BAD_REQUEST for an unknown marker or an unusable pattern. */
  async names(query: ListServers, caller: Caller, take: number): Promise<ServerName[]> {
    return this.page(nameColumns, { query, caller, take });
  }

  /** As `names`, with everything that answers show. */
  async list(query: ListServers, caller: Caller, take: number): Promise<ServerWithPorts[]> {
    const instances = await this.page<ShownInstance>(shownColumns, { query, caller, take });
    return withSurroundings(this.database, instances);
  }

  private async page<R extends object>(
    columns: Prisma.Sql,
    { query, caller, take }: { query: ListServers; caller: Caller; take: number },
  ): Promise<R[]> {
    const { marker } = query;
    const { orderBy, after } = orderOf(query);
    const further =
      marker === undefined ? Prisma.sql`true` : after(await this.idOfMarker(marker, caller));
    const statement = Prisma.sql`
      SELECT ${columns} FROM instances WHERE ${further} AND ${conditionsOf(query, caller)}
       ORDER BY ${orderBy} LIMIT ${take}`;
    return query.name === undefined && query.ip === undefined
      ? this.database.sql.$queryRaw<R[]>(statement)
      : this.search<R>(statement);
  }

  /** Bounds the time of a statement with a user's pattern, which could run for ever. */
  private async search<R>(statement: Prisma.Sql): Promise<R[]> {
    try {
      return await this.searches.run(() =>
        this.database.quickTransaction(async ({ sql }) => {
          await sql.$executeRaw`SELECT set_config('statement_timeout', ${String(searchMs)}, true)`;
          return sql.$queryRaw<R[]>(statement);
        }),
      );
    } catch (error) {
      if (isUnusablePattern(error)) {
        const reason = 'name or ip is no regular expression, or takes too long.';
        throw new Fault('BAD_REQUEST', { reason }, { cause: error });
      }
      throw error;
    }
  }

  private async idOfMarker(uuid: string, caller: Caller): Promise<number> {
    const [marked] = isUuid(uuid)
      ? await this.database.sql.$queryRaw<{ id: number }[]>(
          Prisma.sql`SELECT id FROM instances WHERE uuid = ${uuid}::uuid AND ${shown(caller)}`,
        )
      : [];
    if (marked === undefined) {
      throw markerMissing(uuid);
    }
    return marked.id;
  }

  /**
   * Accepts the deletion, which is done when the server is gone. A server without a node is gone at once (spec 2.4): a
   * client that waits for a failed server to go would take its ERROR for a failed deletion. Idempotent.
   */
  async delete(uuid: string, caller: Caller): Promise<void> {
    const instance = await this.find(uuid, 'os_compute_api:servers:delete', caller);
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
}

const shown = (caller: Caller): Prisma.Sql =>
  projectCondition('os_compute_api:servers:show', caller);
