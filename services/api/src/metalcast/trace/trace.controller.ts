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
    await this.mayTrace(uuid, caller);
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
    await this.mayTrace(subject, caller);
    const events = await this.database.prisma.event.findMany({
      where: { subject, n: { gt: after } },
      orderBy: { n: 'asc' },
      take: this.paging.sizeOf({ limit }),
    });
    return { events: events.map((event) => eventView(event, caller)) };
  }

  /** Fault NOT_FOUND when the caller may not see it. A deleted server still has its trace. */
  private async mayTrace(uuid: string, caller: Caller): Promise<void> {
    const instance = isUuid(uuid)
      ? await this.database.prisma.instance.findUnique({ where: { uuid } })
      : null;
    if (!reachesProject('metalcast:trace', caller, instance?.projectId)) {
      throw noSuchServer(uuid);
    }
  }
}

const noSuchServer = (id: string): Fault => new Fault('NOT_FOUND', { what: 'Server', id });
