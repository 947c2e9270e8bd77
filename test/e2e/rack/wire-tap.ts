import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { LabPaths } from '@metalcast/lab';

/** The HTTP ports of the API, boot and the deploy helper. */
const ports = [8774, 8780, 10001];
const learned = {
  'tokens of users and services': /^x-(?:auth|subject)-token: (\S+)/gim,
  'one-time tokens': /^TOKEN=(\S+)/gm,
  'sessions of ramdisks': /^session=(\S+)/gm,
  'CHAP secrets': /^chap_secret=(\S+)/gm,
};

/** Records the HTTP traffic of the lab's namespace, which legitimately has tokens and the kernels' command lines. */
export class WireTap {
  #heard = '';

  private constructor(private readonly child: ChildProcess) {}

  static async open({ namespace }: LabPaths): Promise<WireTap> {
    const program = [
      'setpriv',
      '--pdeathsig=KILL',
      'python3',
      resolve('test/e2e/rack/wire-tap.py'),
      ...ports.map(String),
    ];
    const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, ...program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const tap = new WireTap(child);
    await new Promise<void>((listening, failed) => {
      child.once('error', failed);
      child.once('close', () => {
        failed(new Error('wire-tap.py has ended'));
      });
      child.stdout.on('data', (chunk: Buffer) => {
        tap.#heard += chunk.toString('latin1');
        listening();
      });
    });
    return tap;
  }

  /** All recorded secrets by kind. */
  secrets(): Record<string, string[]> {
    return Object.fromEntries(
      Object.entries(learned).map(([kind, pattern]) => [
        kind,
        [...new Set([...this.#heard.matchAll(pattern)].map(([, secret]) => secret!))],
      ]),
    );
  }

  /** The kernels' command lines in the boot scripts. */
  kernelCommandLines(): string[] {
    return [...new Set([...this.#heard.matchAll(/^kernel .*$/gm)].map(([line]) => line))];
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}
