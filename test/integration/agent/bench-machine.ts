import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dataRoot, waitFor } from '@metalcast/rig';

const agent = fileURLToPath(new URL('../../../ramdisk/deploy/agent', import.meta.url));

/** Stands in for tgtd: notes its start, and whether the one before still ran, and stays. */
const tgtd = `#!/bin/sh
old=$(cat $RUN/tgtd.pid 2>/dev/null)
if [ -n "$old" ] && kill -0 "$old" 2>/dev/null; then echo "tgtd beside another" >>$RUN/calls; fi
echo $$ >$RUN/tgtd.pid
echo "tgtd $*" >>$RUN/calls
exec sleep 600
`;
const tgtadm = `#!/bin/sh
echo "tgtadm $*" >>$RUN/calls
`;

/** The deploy agent on this machine: its own busybox shell and programs, a file for a disk, and no real tgtd. */
export class BenchMachine {
  readonly node = randomUUID();
  readonly token = randomBytes(32).toString('hex');
  readonly folder = mkdtempSync(`${dataRoot()}/agent-test-`);
  readonly content: Buffer;
  private output = '';
  private child: ChildProcess | undefined;

  constructor(diskBytes: number) {
    this.content = randomBytes(diskBytes);
    for (const folder of ['run', 'dev', 'bin', 'sys/block']) {
      mkdirSync(`${this.folder}/${folder}`, { recursive: true });
    }
    this.addDisk('vda', this.content, { serial: ' serial "7"\\ ' });
    writeFileSync(`${this.folder}/run/address`, '127.0.0.1\n');
    writeFileSync(`${this.folder}/bin/tgtd`, tgtd, { mode: 0o755 });
    writeFileSync(`${this.folder}/bin/tgtadm`, tgtadm, { mode: 0o755 });
  }

  /** One more disk with that content, and attributes as sysfs has them. */
  addDisk(name: string, content: Buffer, attributes: Readonly<Record<string, string>> = {}): void {
    const block = `${this.folder}/sys/block/${name}`;
    mkdirSync(`${block}/device`, { recursive: true });
    mkdirSync(`${block}/queue`, { recursive: true });
    writeFileSync(this.deviceFile(name), content);
    const all = { size: String(content.length / 512), ...attributes };
    for (const [attribute, value] of Object.entries(all)) {
      writeFileSync(`${block}/${attribute}`, `${value}\n`);
    }
  }

  /** A partition of a disk that was added, as a device of its own. */
  addPartition(disk: string, name: string, content: Buffer): void {
    const folder = `${this.folder}/sys/block/${disk}/${name}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/partition`, '1\n');
    writeFileSync(this.deviceFile(name), content);
  }

  deviceFile(name: string): string {
    return `${this.folder}/dev/${name}`;
  }

  /** In place of blkdiscard: `script` gets its arguments. */
  discardsBy(script: string): void {
    writeFileSync(this.blkdiscard, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  private get blkdiscard(): string {
    return `${this.folder}/bin/blkdiscard`;
  }

  /** Writes the disk's content, as a helper would over iSCSI. */
  fill(): void {
    writeFileSync(`${this.folder}/dev/vda`, this.content);
  }

  start(helpers: readonly string[]): void {
    const { folder, node, token } = this;
    writeFileSync(
      `${folder}/agent.conf`,
      `NODE=${node}\nEPOCH=3\nBOOT_TRY=1\nTOKEN=${token}\nHELPERS="${helpers.join(' ')}"\n`,
    );
    const env = {
      AGENT: agent,
      RUN: `${folder}/run`,
      CONF: `${folder}/agent.conf`,
      SYS: `${folder}/sys`,
      DEV: `${folder}/dev`,
      ...(existsSync(this.blkdiscard) ? { BLKDISCARD: this.blkdiscard } : {}),
      TELL_SECONDS: '0',
      PATH: `${folder}/bin:/bin:/usr/bin:/usr/sbin:/sbin`,
    };
    this.child = spawn('busybox', ['sh', `${agent}/main.sh`], { env, detached: true });
    this.child.on('error', (error) => (this.output += String(error)));
    this.child.stdout?.on('data', (chunk) => (this.output += String(chunk)));
    this.child.stderr?.on('data', (chunk) => (this.output += String(chunk)));
  }

  /** What a person reads on its console. */
  get console(): string {
    return this.output;
  }

  /** What was asked of tgtd and tgtadm, in order. */
  get targetCalls(): string[] {
    return readFileSync(`${this.folder}/run/calls`, 'utf8').trim().split('\n');
  }

  async exitCode(): Promise<number> {
    return waitFor(() => this.child?.exitCode ?? undefined, {
      timeoutMs: 60_000,
      what: `the agent to end:\n${this.output}`,
    });
  }

  remove(): void {
    const leader = this.child?.pid;
    // One that never started has no pid, and group 0 would be our own.
    if (leader !== undefined) {
      try {
        process.kill(-leader, 'SIGKILL');
      } catch {
        // It has ended, and took its tgtd along.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
