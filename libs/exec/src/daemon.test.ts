import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startDaemon } from './daemon.js';

test('stops by the signal it understands', async () => {
  const daemon = startDaemon('sleep', ['60']);
  expect(await daemon.stop(5000)).toMatchObject({ signal: 'SIGTERM' });
});

test('kills a group that ignores the signal', async () => {
  const lines: string[] = [];
  const daemon = startDaemon('sh', ['-c', 'trap "" TERM; echo up; sleep 60 & wait; wait'], {
    onLine: (line) => lines.push(line),
  });
  await vi.waitFor(() => {
    expect(lines).toContain('up');
  });
  expect(await daemon.stop(100)).toMatchObject({ signal: 'SIGKILL' });
});

test('appends to its log file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daemon-'));
  const logFile = join(folder, 'log');
  await startDaemon('echo', ['one'], { logFile }).ended;
  await startDaemon('echo', ['two'], { logFile }).ended;
  expect(await readFile(logFile, 'utf8')).toBe('one\ntwo\n');
  await rm(folder, { recursive: true });
});
