import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from '@metalcast/exec';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endProcess } from './end-process.js';
import { Ledger } from './ledger.js';
import { findMarked, markVariable } from './marked-processes.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';
import { removeAll } from './remove-all.js';
import { startRecorded } from './start-recorded.js';

let parent: string;
let ledger: Ledger;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ledger-'));
  ledger = Ledger.open(join(parent, 'it'));
});
afterEach(async () => {
  await removeAll(Ledger.open(ledger.folder));
  rmSync(parent, { recursive: true, force: true });
});

const sleeper = (label: string, script = 'sleep 60') =>
  startRecorded(ledger, {
    label,
    command: 'sh',
    args: ['-c', script],
    logFile: join(ledger.folder, 'log'),
  });

test('a process with a reused pid is not touched', async () => {
  const stranger = startDaemon('sleep', ['60']);
  const identity = identify(stranger.pid ?? 0) as ProcessIdentity;
  const before = { ...identity, startTime: String(Number(identity.startTime) - 1) };
  const lastBoot = { ...identity, bootId: '00000000-0000-0000-0000-000000000000' };
  for (const gone of [before, lastBoot]) {
    expect(isRunning(gone)).toBe(false);
    ledger.recordProcess({
      label: gone.bootId,
      identity: gone,
      stopSignal: 'SIGKILL',
      graceMs: 0,
      ground: false,
      disposable: true,
    });
  }
  await removeAll(ledger);
  expect(isRunning(identity)).toBe(true);
  await endProcess(identity, { signal: 'SIGTERM', graceMs: 5000 });
  expect(isRunning(identity)).toBe(false);
});

test('the children of a recorded process end with it, also those outside of its group', async () => {
  await sleeper('one', 'setsid sleep 60 & sleep 60');
  await vi.waitFor(() => {
    expect(findMarked(ledger.markOf('one')).length).toBeGreaterThanOrEqual(3);
  });
  await removeAll(ledger);
  expect(findMarked(ledger.markOf('one'))).toEqual([]);
});

test('an unrecorded process is found by its mark', async () => {
  const daemon = startDaemon('sleep', ['60'], { env: { [markVariable]: ledger.markOf('lost') } });
  await vi.waitFor(() => {
    expect(findMarked(ledger.markOf('lost'))).toHaveLength(1);
  });
  await removeAll(Ledger.open(ledger.folder));
  expect(await daemon.ended).toMatchObject({ signal: 'SIGKILL' });
});

test('a line cut short by a crash does not affect the others', async () => {
  const first = await sleeper('first');
  appendFileSync(join(ledger.folder, 'ledger.jsonl'), '{"kind":"process","lab');
  const second = await sleeper('second');
  const found = Ledger.find(ledger.folder);
  expect(found?.mark).toBe(ledger.mark);
  expect(found?.processes().map(({ identity }) => identity)).toEqual([
    first.identity,
    second.identity,
  ]);
});

test('recorded files are removed, and the ledger with them', async () => {
  const path = join(parent, 'made');
  ledger.recordPath(path);
  appendFileSync(path, 'x');
  await removeAll(ledger);
  expect(Ledger.find(ledger.folder)).toBeUndefined();
  expect(() => {
    rmSync(path);
  }).toThrow(/ENOENT/);
});
