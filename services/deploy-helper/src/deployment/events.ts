import { eventOf } from '@metalcast/contracts';
import type { Deployment, NewEvent } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';

const contextOf = (node: string, { epoch, requestId }: Deployment) => ({
  subject: node,
  epoch,
  requestId: requestId ?? undefined,
});

export const startedEvent = (node: string, row: Deployment, helper: string): NewEvent =>
  eventOf('deployStarted', contextOf(node, row), { helper, attempt: row.attempt });

/** Also wakes whoever waits for the row: the helper that holds it, or the one that holds the ramdisk's question. */
export const progressEvent = (node: string, row: Deployment, phase: string): NewEvent =>
  eventOf('deployProgress', contextOf(node, row), {
    attempt: row.attempt,
    bytes_done: Number(row.bytesDone),
    total: Number(row.total),
    phase,
  });

export const failedEvent = (node: string, row: Deployment, fault: FaultRecord): NewEvent => {
  const { code, message, details, retryable, phase, evidence } = fault;
  return eventOf('deployFailed', contextOf(node, row), {
    fault: {
      ...{ code, message, details: { ...details }, retryable },
      ...(phase === undefined ? {} : { phase }),
      ...(evidence === undefined ? {} : { evidence: [...evidence] }),
    },
  });
};

export const verifiedEvent = (node: string, row: Deployment, bytes: number): NewEvent =>
  eventOf('deployVerified', contextOf(node, row), {
    attempt: row.attempt,
    verified_bytes: bytes,
    whole: bytes >= Number(row.total),
  });

export const helloEvent = (node: string, row: Deployment, helper: string): NewEvent =>
  eventOf('agentHello', contextOf(node, row), {
    helper,
    disk: row.disk,
    disk_bytes: Number(row.diskBytes),
  });

export const errorEvent = (node: string, row: Deployment, error: string): NewEvent =>
  eventOf('agentError', contextOf(node, row), { error });

export const leavingEvent = (
  node: string,
  row: Deployment,
  evidence: readonly string[],
): NewEvent =>
  eventOf(
    'agentLeaving',
    contextOf(node, row),
    evidence.length === 0 ? {} : { evidence: [...evidence] },
  );
