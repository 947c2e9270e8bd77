import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@metalcast/db';
import { deploymentState } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeploymentCommands } from '../commands.js';
import type { DeploymentLeases } from './leases.js';
import { DeploymentSignals } from '../signals.js';
import { DeploymentRows } from '../rows.js';
import { DeploymentWorkers, type WorkerOptions } from './workers.js';

const sweepMs = 1000;
const ofNode = { nodeId: 1, nodeUuid: 'n', nodeEpoch: 3, nodeInstanceUuid: null, nodeDataOf: [] };

/** A deployment of node `n` in epoch 3, in the form in which the database returns it. */
const rowIn = (state: string): object => ({
  ...{
    ...ofNode,
    id: '7',
    epoch: 3,
    state,
    attempt: 1,
    targetAttempt: 0,
    bootTry: 1,
    helper: null,
  },
  ...{ diskBytes: '0', bytesDone: '0', total: '0', updatedAt: new Date(1000) },
});

let root: string;
let looks: number;
let held: number;
let renewals: number;
/** The deployments that wait for a helper. */
let waiting: object[];
let workers: DeploymentWorkers;
let commands: DeploymentCommands;
let tellSpec: (found: object[]) => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'workers-'));
  [looks, held, renewals, waiting] = [0, 0, 0, []];
  const spec = new Promise<object[]>((resolve) => {
    tellSpec = resolve;
  });
  const answers: Record<string, () => object[] | Promise<object[]>> = {
    look_for_deployments: () => {
      looks += 1;
      const found = waiting.splice(0).map((row) => ({ ...row, unfinished: true, found: 'free' }));
      return found.length > 0 ? found : [{ unfinished: false, found: null }];
    },
    read_deployment: () => [rowIn(deploymentState.verified)],
    change_deployment: () => [rowIn(deploymentState.targeting)],
    read_deployment_brief: () => spec,
  };
  const statement = async (name: string): Promise<object[]> => (await answers[name]?.()) ?? [];
  const database = { statement, write: statement } as unknown as Database;
  const signals = new DeploymentSignals();
  const rows = new DeploymentRows({ database, signals, hint: () => undefined });
  const leases = {
    add: () => {
      held += 1;
    },
    remove: () => undefined,
    renewAll: () => {
      renewals += 1;
    },
  } as unknown as DeploymentLeases;
  const timing = { targetMs: 60_000, restartMs: 60_000 };
  workers = new DeploymentWorkers({
    ...{ database, signals, rows, leases, sweepMs, timing, workDirectory: root },
    ...{
      logger: createLogger('test', 'error', { write: () => undefined }),
      owner: 'h:1',
      host: 'h',
      capacity: 1,
      leaseMs: 60_000,
    },
    ...{ maxAttempts: 8, hint: () => undefined },
  } as unknown as WorkerOptions);
  commands = new DeploymentCommands({ rows, signals, workers, owner: 'h:1', timing });
});
afterEach(async () => {
  tellSpec([]);
  await workers.close();
  vi.useRealTimers();
  await rm(root, { recursive: true });
});

test('while nothing is under way it looks seldom; after an order to restart it looks at the next sweep', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  workers.start();
  await vi.waitUntil(() => looks === 1);
  await vi.advanceTimersByTimeAsync(sweepMs);
  expect(looks).toBe(1);
  await commands.restart({ node: 'n', epoch: 3 });
  await vi.advanceTimersByTimeAsync(sweepMs);
  await vi.waitUntil(() => looks === 2);
});

test('when a node enters another epoch, a deployment that is held of the older one is looked at', async () => {
  waiting = [rowIn(deploymentState.queued)];
  workers.wake();
  await vi.waitUntil(() => held === 1);
  workers.recheck('n', 3);
  workers.recheck('other', 4);
  expect(renewals).toBe(0);
  workers.recheck('n', 4);
  expect(renewals).toBe(1);
});
