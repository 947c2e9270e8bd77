import type { Deployment, Node } from '@metalcast/db';
import { expect, test } from 'vitest';
import { overdueFault } from './overdue.js';

const node = { uuid: 'n', epoch: 4 } as Node;
const row = (changes: Partial<Deployment>): Deployment =>
  ({
    epoch: 4,
    attempt: 2,
    targetAttempt: 1,
    updatedAt: new Date(0),
    bytesDone: 0n,
    total: 0n,
    ...changes,
  }) as Deployment;

test.each([
  [{ state: 'queued' }, 'QUEUE_TIMEOUT'],
  [{ state: 'targeting' }, 'AGENT_SILENT'],
  [{ state: 'targeting', bytesDone: 1n, total: 9n }, 'ERASE_STALLED'],
  [{ state: 'targeting', targetAttempt: 2 }, 'SERVICE_LOST'],
  [{ state: 'writing', targetAttempt: 2 }, 'SERVICE_LOST'],
  [{ state: 'writing', targetAttempt: 2, total: 9n }, 'WRITE_STALLED'],
  [{ state: 'verifying' }, 'AGENT_SILENT'],
  [{ state: 'writing', epoch: 3 }, 'CANCELLED'],
])('%o: %s', (changes, code) => {
  expect(overdueFault(row(changes), node).code).toBe(code);
});

test('a deployment that no helper took says how long it waited', () => {
  const queued = overdueFault(row({ state: 'queued', deadlineAt: new Date(90_000) }), node);
  expect(queued.message).toBe(
    'Node n waited 90 s in the queue of deploy-helper without getting its turn.',
  );
});

test('a stalled write says how far it came', () => {
  const stalled = overdueFault(row({ state: 'writing', bytesDone: 43n, total: 100n }), node);
  expect(stalled.message).toContain('43 %');
});
