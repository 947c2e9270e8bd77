import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { logInByAmqp } from '@metalcast/rig';
import { z } from 'zod';
import { checkout } from '../lab-paths.js';
import { hostOf, placeOf, portOf, type ExternalServers } from './server-urls.js';

const timeoutMs = 30_000;
/** The output of `metalcast db version --json`. */
const dbVersion = z.union([
  z.object({ version: z.string().nullable() }),
  z.object({ error: z.object({ message: z.string() }) }),
]);

export interface ReachOptions {
  /** Whether the database must be empty: a new lab cannot read secrets that another Metalcast has stored. */
  readonly unused: boolean;
}

/** Logs in to each server before anything is created. Throws with the reason, without a password. */
export async function reachServers(
  { amqp, database }: ExternalServers,
  { unused }: ReachOptions,
): Promise<void> {
  await Promise.all([
    amqp === undefined ? undefined : reachBroker(amqp),
    database === undefined ? undefined : reachDatabase(database, unused),
  ]);
}

async function reachBroker(url: URL): Promise<void> {
  const endpoint = { host: hostOf(url), port: portOf('amqp', url) };
  const vhost = decodeURIComponent(url.pathname.slice(1));
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  try {
    await logInByAmqp(endpoint, {
      user: user || 'guest',
      password: password || 'guest',
      vhost: vhost || '/',
    });
  } catch (error) {
    const reason = reasonOf(error);
    throw new Error(`Cannot use the RabbitMQ at ${placeOf('amqp', url)} in AMQP_URL: ${reason}`, {
      cause: error,
    });
  }
}

async function reachDatabase(url: URL, unused: boolean): Promise<void> {
  const command = join(checkout, 'cli', 'bin', 'metalcast.mjs');
  const { stdout, stderr } = await run(process.execPath, [command, 'db', 'version', '--json'], {
    timeoutMs,
    env: { DATABASE_URL: url.href },
  });
  const answer = dbVersion.safeParse(parsed(stdout || stderr)).data ?? {
    error: { message: stderr },
  };
  if ('error' in answer) {
    throw new Error(`DATABASE_URL: ${answer.error.message}`);
  }
  if (unused && answer.version !== null) {
    throw new Error(
      `The database ${placeOf('database', url)} in DATABASE_URL is in use by another Metalcast or left by an earlier lab: ` +
        'give an empty database.',
    );
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The error for a host with several addresses has no text of its own, only one error per address. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
