// A test run's folder: its name says which process owns it, its ledger what must go when that has ended.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataRoot, identify, isRunning, Ledger, removeAll } from '@metalcast/rig';

/** Set by the global setup, inherited by vitest's workers. */
const folderVariable = 'METALCAST_TEST_FOLDER';
const prefix = 'test-';

/** Makes the folder of the run that this process leads; undefined when it has one already. */
export function beginTestRun(): Ledger | undefined {
  const self = identify(process.pid);
  if (process.env[folderVariable] !== undefined || self === undefined) {
    return undefined;
  }
  const name = `${prefix}${self.pid}-${self.startTime}-${self.bootId}`;
  const ledger = Ledger.open(join(dataRoot(), name));
  process.env[folderVariable] = ledger.folder;
  return ledger;
}

export async function endTestRun(ledger: Ledger): Promise<void> {
  await removeRun(ledger.folder);
  Reflect.deleteProperty(process.env, folderVariable);
}

/** The ledger of the run that this worker belongs to. */
export function testRun(): Ledger {
  const folder = process.env[folderVariable];
  if (folder === undefined) {
    throw new Error(
      'no test run: this test needs libs/testing/src/global-setup.ts as globalSetup of its vitest project',
    );
  }
  return Ledger.open(folder);
}

/**
 * A ledger for this test alone, in a folder of its own, for what it makes and `removeAll` removes;
 * if the test does not come to that, the end of the run does.
 */
export function ownLedger(): Ledger {
  return Ledger.open(join(testRun().folder, `own-${randomBytes(6).toString('hex')}`));
}

/** Ends and removes what runs have left behind whose own process has died. */
export async function removeDeadRuns(): Promise<void> {
  for (const name of existsSync(dataRoot()) ? readdirSync(dataRoot()) : []) {
    const [, pid, startTime, bootId] = /^test-(\d+)-(\d+)-(.+)$/.exec(name) ?? [];
    if (pid === undefined || startTime === undefined || bootId === undefined) {
      continue;
    }
    if (!isRunning({ pid: Number(pid), startTime, bootId })) {
      await removeRun(join(dataRoot(), name));
    }
  }
}

async function removeRun(folder: string): Promise<void> {
  const inside = readdirSync(folder).map((name) => join(folder, name));
  for (const each of [...inside, folder]) {
    const ledger = Ledger.find(each);
    await (ledger === undefined ? undefined : removeAll(ledger));
  }
  rmSync(folder, { recursive: true, force: true });
}
