import type { Database } from '@metalcast/db';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import { expect, test } from 'vitest';
import { DeploymentSignals } from './signals.js';
import { DeploymentRows } from './rows.js';

const key = { node: 'n', epoch: 1 };
const view = (targetAttempt: number, at: number): DeploymentOfNode =>
  ({
    node: { id: 1, uuid: 'n', epoch: 1 },
    deployment: { epoch: 1, attempt: 1, targetAttempt, updatedAt: new Date(at) },
  }) as unknown as DeploymentOfNode;

/** The row in the form in which the database returns it. */
const row = ({ node, deployment }: DeploymentOfNode): object => ({
  ...{ ...deployment, nodeId: node.id, nodeUuid: node.uuid, nodeEpoch: node.epoch, nodeDataOf: [] },
  ...{ id: '1', diskBytes: '0', bytesDone: '0', total: '0' },
});

/** Reads that end when the test says so, in the order in which they began. */
function deployments() {
  const reads: ((found: DeploymentOfNode) => void)[] = [];
  const statement = (): Promise<object[]> =>
    new Promise((resolve) => {
      reads.push((found) => {
        resolve([row(found)]);
      });
    });
  const signals = new DeploymentSignals();
  const database = { statement } as unknown as Database;
  const rows = new DeploymentRows({ database, signals, hint: () => undefined });
  return { rows, signals, reads };
}

test('a read that a later change overtook does not replace that change', async () => {
  const { rows, reads } = deployments();
  const read = rows.read(key);
  rows.learn(view(1, 2000));
  reads[0]?.(view(0, 1000));
  expect(await read).toMatchObject({ deployment: { targetAttempt: 0 } });
  expect(rows.remembered(key)).toMatchObject({ deployment: { targetAttempt: 1 } });
});

test('a read that shows a change is remembered though the clock has gone back since', async () => {
  const { rows, signals, reads } = deployments();
  rows.learn(view(0, 3_600_000));
  const waited = signals.listen(key.node).next(60_000);
  const read = rows.read(key);
  reads[0]?.(view(1, 2000));
  await Promise.all([read, waited]);
  expect(rows.remembered(key)).toMatchObject({ deployment: { targetAttempt: 1 } });
});

test('a change of one’s own is remembered though the clock has gone back since', () => {
  const { rows } = deployments();
  rows.learn(view(0, 3_600_000));
  rows.learn(view(1, 2000));
  expect(rows.remembered(key)).toMatchObject({ deployment: { targetAttempt: 1 } });
});

test('of two changes whose answers came in another order than they were asked for none is remembered', () => {
  const { rows } = deployments();
  const asked = performance.now() - 1;
  rows.learn(view(1, 1000));
  rows.learn(view(0, 1000), asked);
  expect(rows.remembered(key)).toBeUndefined();
});

test('a read that shows a change wakes those who wait', async () => {
  const { rows, signals, reads } = deployments();
  rows.learn(view(0, 1000));
  const subscription = signals.listen(key.node);
  const waited = subscription.next(60_000);
  const read = rows.read(key);
  reads[0]?.(view(1, 2000));
  await Promise.all([read, waited]);
  expect(await rows.recent(key)).toMatchObject({ deployment: { targetAttempt: 1 } });
});

const seen = (node: string, epoch: number): DeploymentOfNode =>
  ({
    node: { uuid: node, epoch },
    deployment: { epoch, updatedAt: new Date(1000) },
  }) as DeploymentOfNode;

test('what is known of a node is valid until the node leaves its epoch, or another process changes it', () => {
  const known = deployments().rows;
  expect(known.mayHaveLeft('n', 3)).toBe(true);
  known.learn(seen('n', 3));
  expect(known.mayHaveLeft('n', 3)).toBe(false);
  expect([known.mayHaveLeft('n', 4), known.mayHaveLeft('n', undefined)]).toEqual([true, true]);
  expect(known.remembered({ node: 'n', epoch: 3 })).toEqual(seen('n', 3));
  expect(known.remembered({ node: 'n', epoch: 2 })).toBeUndefined();
  known.forget('n');
  expect(known.remembered({ node: 'n', epoch: 3 })).toBeUndefined();
});

test('of many nodes the most recent ones are remembered', () => {
  const known = deployments().rows;
  for (let node = 0; node < 4100; node += 1) {
    known.learn(seen(String(node), 1));
  }
  const isKnown = (node: number): boolean =>
    known.remembered({ node: String(node), epoch: 1 }) !== undefined;
  expect([isKnown(3), isKnown(4), isKnown(4099)]).toEqual([false, true, true]);
});
