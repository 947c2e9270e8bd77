import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findMarked, Ledger, namespaceExists } from '@metalcast/lab';
import { testRun } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = resolve('lab/dist/main.js');
let parent: string;
let folder: string;
let data: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lab-'));
  folder = join(parent, '.lab');
  data = join(
    testRun().folder,
    `lab-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`,
  );
});
afterEach(async () => {
  await lab('down').ended;
  rmSync(parent, { recursive: true, force: true });
});

interface Command {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** Without a server: how one boots is tested on a rack of its own. */
function lab(command: string): Command {
  const child = spawn(
    process.execPath,
    [program, command, '--nodes', '1', '--no-server', '--folder', folder, '--data', data],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return {
    child,
    output: () => output,
    ended: new Promise((done) => child.once('close', done)),
  };
}

/** Resolves when the command has printed it, or has ended without. */
async function hasPrinted({ child, output, ended }: Command, text: string): Promise<void> {
  await Promise.race([
    ended,
    new Promise<void>((done) => {
      child.stdout?.on('data', () => {
        if (output().includes(text)) done();
      });
    }),
  ]);
  expect(output()).toContain(text);
}

test.each(['Forwarding', 'PostgreSQL answers', 'ready: '])(
  'down removes all when up was killed at "%s"',
  async (text) => {
    const up = lab('up');
    await hasPrinted(up, text);
    up.child.kill('SIGKILL');
    await up.ended;
    const ledger = Ledger.find(data);
    const namespaces = ledger?.namespaces() ?? [];
    expect(namespaces).toHaveLength(1);
    const down = lab('down');
    expect(await down.ended, down.output()).toBe(0);
    expect(findMarked(`${ledger?.mark ?? ''}:`)).toEqual([]);
    expect(namespaces.filter((name) => namespaceExists(name))).toEqual([]);
    expect([folder, data].filter((path) => existsSync(path))).toEqual([]);
  },
);

test('up goes on where one that was killed has left off, and a second one changes nothing', async () => {
  const killed = lab('up');
  await hasPrinted(killed, 'PostgreSQL answers');
  killed.child.kill('SIGKILL');
  await killed.ended;
  const up = lab('up');
  expect(await up.ended, up.output()).toBe(0);
  const before = Ledger.find(data)?.processes();
  const again = lab('up');
  expect(await again.ended, again.output()).toBe(0);
  expect(Ledger.find(data)?.processes()).toEqual(before);
  const status = lab('status');
  expect(await status.ended, status.output()).toBe(0);
});
