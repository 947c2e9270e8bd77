import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { Event, Operation, OperationStep } from '@metalcast/db';
import { milestonesOfOperations } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { wholeBigint, wholeNumber } from '../http/page-query.js';
import { zod } from '../http/zod-pipe.js';

const longestPage = 1000;

const page = z.strictObject({
  after: wholeBigint.prefault('0'),
  limit: wholeNumber(1).default(200),
});

/** What happened to a server or node, and what is being done about it. */
@Controller('metalcast/v1')
export class TraceController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /** Operations of a server with their steps, newest first. */
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
        ...operationView(operation),
        last_milestone: seen.get(operation.id) ?? operation.lastMilestone,
      })),
    };
  }

  /** Events of a server or (administrators) of a node, in order; `after` is the last `sequence` seen. */
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
      take: Math.min(limit, longestPage),
    });
    return { events: events.map(eventView) };
  }

  /** Fault NOT_FOUND for what the caller may not see; a server that is gone still has its trace. */
  private async mayTrace(uuid: string, { isAdmin, projectId }: Caller): Promise<void> {
    const instance = isUuid(uuid)
      ? await this.database.prisma.instance.findUnique({ where: { uuid } })
      : null;
    if (!isAdmin && instance?.projectId !== projectId) {
      throw noSuchServer(uuid);
    }
  }
}

const noSuchServer = (id: string): Fault => new Fault('NOT_FOUND', { what: 'Server', id });

const operationView = (operation: Operation & { steps: OperationStep[] }): object => ({
  id: operation.id,
  kind: operation.kind,
  state: operation.state,
  step: operation.step,
  undoing: operation.undoing,
  awaiting: operation.awaiting,
  attempt: operation.attempt,
  nodes_tried: operation.nodesTried,
  deadline_at: operation.deadlineAt,
  request_id: operation.requestId,
  fault: operation.fault,
  created_at: operation.createdAt,
  finished_at: operation.finishedAt,
  steps: operation.steps.map((step) => ({
    step: step.step,
    attempt: step.attempt,
    undo: step.undo,
    node: step.node,
    started_at: step.startedAt,
    finished_at: step.finishedAt,
    result: step.result,
    detail: step.detail,
  })),
});

const eventView = (event: Event): object => ({
  id: event.id,
  type: event.type,
  subject: event.subject,
  sequence: String(event.n),
  epoch: event.epoch,
  time: event.time,
  request_id: event.requestId,
  data: event.data,
});
