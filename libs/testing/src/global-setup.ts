// vitest's globalSetup of the projects whose tests use a broker or a database.
import { beginTestRun, endTestRun, removeDeadRuns } from './test-run.js';

/** Nothing is started here: the first test that needs a server starts it for the run. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  await removeDeadRuns();
  const ledger = beginTestRun();
  return ledger === undefined ? undefined : () => endTestRun(ledger);
}
