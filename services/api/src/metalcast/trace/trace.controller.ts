import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { milestonesOfOperations } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Paging } from '../../http/answers/paging.js';
import { wholeBigint, wholeNumber } from '../../http/requests/page-query.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { reachesProject } from '../../policy/ownership.js';
import { eventView, operationView } from './trace.view.js';

const page = z.strictObject({
  after: wholeBigint.prefault('0'),
  limit: wholeNumber(1).default(200),
});

/** The operations and events of servers and nodes. */
@Controller('metalcast/v1')
@Policy('metalcast:trace')
export class TraceController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /** The operations of a server with their steps, newest first. */
  @Get('servers/:uuid/operations')
  async operations(@Param('uuid') uuid: string, @CurrentCaller() caller: Caller): Promise<object> {
    if (!isUuid(uuid)) {
      throw noSuchServer(uuid);
    }
    await this.requireTraced(uuid, caller);
    const operations = await this.database.prisma.operation.findMany({
      where: { instanceUuid: uuid },
      include: { steps: { orderBy: { id: 'asc' } } },
      orderBy: { createdAt: 'desc' },
    });
    const seen = await milestonesOfOperations(this.database.prisma, uuid);
    return {
      operations: operations.map((operation) => ({
        ...operationView(operation, caller),
        last_milestone: seen.get(operation.id) ?? operation.lastMilestone,
      })),
    };
  }

  /** The events of a server, or for administrators of a node, in order; `after` is the last `sequence` seen. */
  @Get('events/:subject')
  async events(
    @Param('subject') subject: string,
    @Query(zod(page)) { after, limit }: z.output<typeof page>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await this.requireTraced(subject, caller);
    const events = await this.database.prisma.event.findMany({
      where: { subject, n: { gt: after } },
      orderBy: { n: 'asc' },
      take: this.paging.sizeOf({ limit }),
    });
    return { events: events.map((event) => eventView(event, caller)) };
  }

  /** NOT_FOUND when there is no such thing, or the caller may not see it. A deleted server still has its trace. */
  private async requireTraced(uuid: string, caller: Caller): Promise<void> {
    const instance = isUuid(uuid)
      ? await this.database.prisma.instance.findUnique({ where: { uuid } })
      : null;
    const isVisible = reachesProject('metalcast:trace', caller, instance?.projectId);
    if (!isVisible || (instance === null && !(await this.isKnown(uuid)))) {
      throw noSuchServer(uuid);
    }
  }

  /** A node, also a removed one; or what has events, as a server whose row has been removed. */
  private async isKnown(uuid: string): Promise<boolean> {
    const { node, event } = this.database.prisma;
    const found =
      (isUuid(uuid) ? await node.findUnique({ where: { uuid }, select: { id: true } }) : null) ??
      (await event.findFirst({ where: { subject: uuid }, select: { id: true } }));
    return found !== null;
  }
}

const noSuchServer = (id: string): Fault => new Fault('NOT_FOUND', { what: 'Server', id });
