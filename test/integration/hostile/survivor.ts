// Watches a process through an attack: it is the same one after it, and holds no more than before.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { waitFor } from '@metalcast/testing';
import { expect } from 'vitest';

/** What a client may have left open for a moment, and connections of pools. */
const slack = 12;

export interface Survivor {
  /** Ends when the process holds as much as before again; fails when it has died or does not. */
  unharmed(): Promise<void>;
}

export function survivor(pid: number, unhandled: () => Promise<unknown>): Survivor {
  const open = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const before = open();
  return {
    async unharmed() {
      await waitFor(() => open() <= before + slack, {
        timeoutMs: 60_000,
        what: `process ${pid} to hold ${before} descriptors again, or ${slack} more`,
      });
      expect(await unhandled()).toEqual({ rejections: 0, exceptions: 0 });
    },
  };
}

/** Printed, so that an attack that did harm can be made again. */
export function seedOf(what: string): number {
  const seed = Number(process.env['METALCAST_TEST_SEED'] ?? Date.now() % 2_000_000_000);
  process.stdout.write(`${what}: METALCAST_TEST_SEED=${seed}\n`);
  return seed;
}

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: unknown;
}

export interface HttpAttack {
  readonly address: string;
  /** The attacker's own address; default: that of the route. */
  readonly from?: string;
  readonly port: number;
  readonly seed: number;
  readonly rounds: number;
  readonly requests: readonly HostileRequest[];
}

export interface Seen {
  readonly statuses: Readonly<Record<string, number>>;
  readonly unanswered: number;
}

/** Runs the hostile client, in a namespace if one is named. */
export async function attackHttp(attack: HttpAttack, namespace?: string): Promise<Seen> {
  return (await hostile('raw-http.mjs', [JSON.stringify(attack)], namespace)) as Seen;
}

export async function hostile(
  program: string,
  args: readonly string[],
  namespace?: string,
): Promise<unknown> {
  const words = [process.execPath, join(import.meta.dirname, program), ...args];
  const entering = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  const [command = '', ...rest] = [...entering, ...words];
  const { stdout, stderr } = await run(command, rest, { timeoutMs: 600_000 });
  if (stdout === '') {
    throw new Error(`${program}: ${stderr}`);
  }
  return JSON.parse(stdout);
}
