// What happened to a server or a node: all of it for administrators; others read of no machine, host or BMC.
import type { Event, Operation, OperationStep } from '@metalcast/db';
import { z } from 'zod';
import { readsDetails, toldIfAny } from '../../faults/told-fault.js';
import type { Caller } from '../../http/access/caller.js';

type Traced = Operation & { readonly steps: readonly OperationStep[] };

export const operationView = (operation: Traced, caller: Caller): object => {
  const isWhole = readsDetails(caller);
  return {
    id: operation.id,
    kind: operation.kind,
    state: operation.state,
    step: operation.step,
    undoing: operation.undoing,
    awaiting: operation.awaiting,
    attempt: operation.attempt,
    nodes_tried: isWhole ? operation.nodesTried : toldTries(operation.nodesTried),
    deadline_at: operation.deadlineAt,
    request_id: operation.requestId,
    fault: isWhole ? operation.fault : toldIfAny(operation.fault),
    created_at: operation.createdAt,
    finished_at: operation.finishedAt,
    steps: operation.steps.map((step) => ({
      step: step.step,
      attempt: step.attempt,
      undo: step.undo,
      node: isWhole ? step.node : null,
      started_at: step.startedAt,
      finished_at: step.finishedAt,
      result: step.result,
      detail: isWhole ? step.detail : toldIfAny(step.detail),
    })),
  };
};

const tries = z.array(z.object({ fault: z.unknown() })).catch([]);

const toldTries = (nodesTried: unknown): object[] =>
  tries.parse(nodesTried).map(({ fault }) => ({ fault: toldIfAny(fault) }));

export const eventView = (event: Event, caller: Caller): object => ({
  id: event.id,
  type: event.type,
  subject: event.subject,
  sequence: String(event.n),
  epoch: event.epoch,
  time: event.time,
  request_id: event.requestId,
  data: readsDetails(caller) ? event.data : toldData(event.data),
});

/** What events say of the server itself. A field that a later event has is shown when it stands here. */
const ownFields = z
  .object({
    name: z.string(),
    project_id: z.string(),
    operation: z.string(),
    kind: z.string(),
    step: z.string(),
    attempt: z.number(),
    by: z.string(),
    fault: z.unknown().transform(toldIfAny),
  })
  .partial();

const toldData = (data: unknown): object => ownFields.safeParse(data).data ?? {};
