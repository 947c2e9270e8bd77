// What a cloud whose services did their work leaves behind: nothing but rows and events.
import type { Cloud, ProcessName } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import { z } from 'zod';
import type { EventWitness } from './event-witness.js';
import { rabbitmqctl } from './rabbitmqctl.js';

/** Longer than the messages of a killed process wait for another one. */
const sentMs = 60_000;

const logLine = z.object({
  level: z.string(),
  msg: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
});

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
  /** Errors in the logs, and lines that no logger has written. */
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
    unheard: await remaining('the last events to arrive', () => witness.unheard()),
    errors: errorsOf(cloud, processes),
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

/** What is still there when it should long be gone. */
async function remaining<T>(what: string, read: () => Promise<T[]>): Promise<T[]> {
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

/** Each error once, however often it was logged. */
export function errorsOf(cloud: Cloud, processes: readonly ProcessName[]): string[] {
  const all = processes.flatMap((name) =>
    cloud
      .log(name)
      .split('\n')
      // What follows the last end of a line may be half of one.
      .slice(0, -1)
      .map((line) => errorIn(line))
      .filter((error) => error !== undefined)
      .map((error) => `${name}: ${error}`),
  );
  return [...new Set(all)];
}

function errorIn(line: string): string | undefined {
  if (!line.startsWith('{')) {
    return line === '' ? undefined : line;
  }
  const { level, msg, err } = logLine.parse(JSON.parse(line));
  return level === 'error' ? `${msg ?? ''} ${err?.message ?? ''}`.trim() : undefined;
}
