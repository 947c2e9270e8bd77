import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testRun } from '@metalcast/testing';

const program = resolve('lab/dist/main.js');

/** Folders of a test's lab; the test removes `parent`. */
export interface LabFolders {
  readonly parent: string;
  readonly folder: string;
  readonly data: string;
}

export function labFolders(): LabFolders {
  const parent = mkdtempSync(join(tmpdir(), 'lab-'));
  const folder = join(parent, '.lab');
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return { parent, folder, data: join(testRun().folder, `lab-${hash}`) };
}

export interface LabCommand {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** One node and no server: booting a server is tested on another rack. */
export function labCommand(
  { folder, data }: LabFolders,
  command: string,
  env: Readonly<Record<string, string>> = {},
  nodes: readonly string[] = ['--nodes', '1'],
): LabCommand {
  const child = spawn(
    process.execPath,
    [program, command, ...nodes, '--no-server', '--folder', folder, '--data', data],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
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
