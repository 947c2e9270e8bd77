import { existsSync, rmSync } from 'node:fs';
import { findMarked, Ledger, namespaceExists } from '@metalcast/rig';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labCommand, labFolders, type LabCommand, type LabFolders } from './lab-command.js';

let folders: LabFolders;
beforeEach(() => {
  folders = labFolders();
});
afterEach(async () => {
  await lab('down').ended;
  rmSync(folders.parent, { recursive: true, force: true });
});

const lab = (command: string): LabCommand => labCommand(folders, command);

/** Resolves when the command has printed the text, or has ended without it. */
async function hasPrinted({ child, output, ended }: LabCommand, text: string): Promise<void> {
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
    const ledger = Ledger.find(folders.data);
    const namespaces = ledger?.namespaces() ?? [];
    expect(namespaces).toHaveLength(1);
    const down = lab('down');
    expect(await down.ended, down.output()).toBe(0);
    expect(findMarked(`${ledger?.mark ?? ''}:`)).toEqual([]);
    expect(namespaces.filter((name) => namespaceExists(name))).toEqual([]);
    expect([folders.folder, folders.data].filter((path) => existsSync(path))).toEqual([]);
  },
);

test('up continues after a killed up, and a second up changes nothing', async () => {
  const killed = lab('up');
  await hasPrinted(killed, 'PostgreSQL answers');
  killed.child.kill('SIGKILL');
  await killed.ended;
  const up = lab('up');
  expect(await up.ended, up.output()).toBe(0);
  const before = Ledger.find(folders.data)?.processes();
  const again = lab('up');
  expect(await again.ended, again.output()).toBe(0);
  expect(Ledger.find(folders.data)?.processes()).toEqual(before);
  const status = lab('status');
  expect(await status.ended, status.output()).toBe(0);
});
