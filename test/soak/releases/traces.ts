// What a cloud whose services did their work leaves behind: nothing but rows and events.
import type { Cloud, ProcessName } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import type { EventWitness } from './event-witness.js';
import { rabbitmqctl } from './rabbitmqctl.js';

/** Longer than the messages of a killed process wait for another one. */
const sentMs = 60_000;

/** All empty in a cloud that is well. */
export interface Traces {
  /** Messages that nobody has sent. */
  readonly unsent: readonly object[];
  /** Queues of dead letters that are not empty. */
  readonly deadLetters: readonly string[];
  /** Nodes and servers whose events are not numbered from 1 without gaps. */
  readonly gaps: readonly object[];
  /** Events that the broker did not deliver. */
  readonly unheard: readonly object[];
  /** Lines of logs: errors, and what is no line of a log. */
  readonly errors: readonly string[];
}

export const noTraces: Traces = { unsent: [], deadLetters: [], gaps: [], unheard: [], errors: [] };

/** Call it when all work has ended. */
export async function tracesOf(
  cloud: Cloud,
  processes: readonly ProcessName[],
  witness: EventWitness,
): Promise<Traces> {
  return {
    unsent: await unsent(cloud),
    deadLetters: await deadLetters(cloud),
    gaps: await gaps(cloud),
    unheard: await unheard(cloud, witness),
    errors: processes.flatMap((name) => errorsIn(cloud, name)),
  };
}

const unsent = ({ database }: Cloud): Promise<object[]> =>
  remaining('the outbox to be empty', () =>
    database.prisma.outbox.findMany({ select: { aggregate: true, kind: true, routingKey: true } }),
  );

async function deadLetters({ context }: Cloud): Promise<string[]> {
  const lines = await rabbitmqctl(context, [
    'list_queues',
    '--no-table-headers',
    'name',
    'messages',
  ]);
  return lines.split('\n').filter((line) => /\.dead\t(?!0$)/.test(line));
}

const gaps = ({ database }: Cloud): Promise<object[]> => database.sql.$queryRaw<object[]>`
  SELECT subject, count(*)::int AS events, min(n)::int AS first, max(n)::int AS last
    FROM events GROUP BY subject HAVING count(*) <> max(n) OR min(n) <> 1`;

/** Of servers: the enrolment of the nodes came before the witness. */
async function unheard({ database }: Cloud, witness: EventWitness): Promise<object[]> {
  const events = await database.sql.$queryRaw<{ id: string; type: string }[]>`
    SELECT e.id::text, e.type FROM events e JOIN instances i ON i.uuid::text = e.subject`;
  return remaining('the last events to arrive', () => events.filter(({ id }) => !witness.saw(id)));
}

/** What is still there when it should long be gone. */
async function remaining<T>(what: string, read: () => T[] | Promise<T[]>): Promise<T[]> {
  let left: T[] = [];
  const isEmpty = async (): Promise<boolean> => {
    left = await read();
    return left.length === 0;
  };
  await waitFor(isEmpty, { timeoutMs: sentMs, what }).catch((error: unknown) => {
    if (left.length === 0) {
      throw error;
    }
  });
  return left;
}

function errorsIn(cloud: Cloud, name: ProcessName): string[] {
  const lines = cloud.log(name).split('\n').filter(Boolean);
  return lines.filter((line) => levelOf(line) === 'error').map((line) => `${name}: ${line}`);
}

function levelOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { level?: unknown }).level;
  } catch {
    return 'error';
  }
}
