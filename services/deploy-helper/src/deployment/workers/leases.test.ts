import type { Database } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { afterEach, expect, test, vi } from 'vitest';
import type { HeldDeployment } from './held-deployment.js';
import { DeploymentLeases } from './leases.js';
import type { DeploymentRows } from '../rows.js';
import type { DeploymentSignals } from '../signals.js';

const id = 7n;
let leases: DeploymentLeases | undefined;
const renewed = vi.fn();
const held = {
  ...{ id, node: 'n', attempt: 1, key: { node: 'n', epoch: 1 }, renewed },
  signOfLife: () => ({ id, attempt: 1, helper: 'h', node: 'n' }),
} as unknown as HeldDeployment;
afterEach(() => {
  leases?.remove(held);
});

test('a connection that says nothing does not keep the leases from being renewed by another', async () => {
  const answer = [{ id: String(id), targetAttempt: 1, total: '0' }];
  const statement = vi
    .fn()
    .mockReturnValueOnce(new Promise(() => undefined))
    .mockResolvedValue(answer);
  const deployment = { targetAttempt: 1, total: 0n };
  leases = new DeploymentLeases({
    database: { write: statement } as unknown as Database,
    rows: { remembered: () => ({ deployment }) } as unknown as DeploymentRows,
    signals: {} as DeploymentSignals,
    logger: { debug: () => undefined } as unknown as Logger,
    ...{ leaseMs: 60, everyMs: 20 },
  });
  leases.add(held);
  await vi.waitFor(() => {
    expect(renewed).toHaveBeenCalled();
  });
});
