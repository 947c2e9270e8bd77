import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { Operation, OperationStep } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, operationRule, operationState } from '@metalcast/domain';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { Servers } from '../servers/servers.js';
import { type Rule } from '../../policy/policy.js';

/** The operations of a server; their steps are the events. */
@Controller('compute/v2.1/servers/:id/os-instance-actions')
export class InstanceActionsController {
  constructor(
    @Inject(Servers) private readonly servers: Servers,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
  ) {}

  @Get()
  @Policy('os_compute_api:os-instance-actions:list')
  async list(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const rule = 'os_compute_api:os-instance-actions:list';
    const operations = await this.operations(id, { rule, caller, version });
    return { instanceActions: operations.map(actionView) };
  }

  @Get(':requestId')
  @Policy('os_compute_api:os-instance-actions:show')
  async show(
    @Param('id') id: string,
    @Param('requestId') requestId: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const rule = 'os_compute_api:os-instance-actions:show';
    const operations = await this.operations(id, { rule, caller, version });
    const operation = operations.find((candidate) => candidate.requestId === requestId);
    if (operation === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Action for request_id', id: requestId });
    }
    return { instanceAction: { ...actionView(operation), events: operation.steps.map(eventView) } };
  }

  /** From 2.21 on also of a deleted server, until it expires. */
  private async operations(
    id: string,
    { rule, caller, version }: { rule: Rule; caller: Caller; version: Microversion },
  ): Promise<(Operation & { steps: OperationStep[] })[]> {
    const instance = await (version.since(21)
      ? this.servers.findKept(id, rule, caller)
      : this.servers.find(id, rule, caller));
    return this.database.prisma.operation.findMany({
      where: { instanceUuid: instance.uuid },
      include: { steps: { orderBy: { id: 'asc' } } },
      orderBy: { createdAt: 'desc' },
    });
  }
}

const novaTime = (time: Date | null): string | null =>
  time === null ? null : time.toISOString().replace('Z', '000');

const actionView = (operation: Operation): object => ({
  action: operationRule(operation.kind)?.action ?? operation.kind,
  instance_uuid: operation.instanceUuid,
  request_id: operation.requestId,
  user_id: operation.userId,
  project_id: operation.projectId,
  start_time: novaTime(operation.createdAt),
  message: operation.state === operationState.failed ? 'Error' : null,
});

const eventView = (step: OperationStep): object => ({
  event: step.undo ? `undo:${step.step}` : step.step,
  start_time: novaTime(step.startedAt),
  finish_time: novaTime(step.finishedAt),
  result: step.result,
  traceback: null,
});
