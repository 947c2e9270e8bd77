import { eventOf } from '@metalcast/contracts';
import type { Deployment, NewEvent } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';

/** The fields of a row that events contain. The row may not be written yet. */
type Told = Pick<Deployment, 'epoch' | 'requestId'>;

const contextOf = (node: string, { epoch, requestId }: Told) => ({
  subject: node,
  epoch,
  requestId: requestId ?? undefined,
});

export const startedEvent = (node: string, row: Deployment, helper: string): NewEvent =>
  eventOf('deployStarted', contextOf(node, row), { helper, attempt: row.attempt });

export const progressEvent = (node: string, row: Deployment, phase: string): NewEvent =>
  eventOf('deployProgress', contextOf(node, row), {
    attempt: row.attempt,
    bytes_done: Number(row.bytesDone),
    total: Number(row.total),
    phase,
  });

export const failedEvent = (node: string, row: Told, fault: FaultRecord): NewEvent => {
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

export const helloEvent = (
  node: string,
  row: Told & Partial<Pick<Deployment, 'disk' | 'diskBytes'>>,
  helper: string,
): NewEvent =>
  eventOf('agentHello', contextOf(node, row), {
    helper,
    disk: row.disk ?? null,
    disk_bytes: Number(row.diskBytes ?? 0),
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
