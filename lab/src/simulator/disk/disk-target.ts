import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { startDaemon, type Daemon } from '@metalcast/exec';
import { waitFor } from '@metalcast/rig';
import { requestTgtd, type TgtRequest } from './tgt-control.js';

/** This path is compiled into tgtd. */
const socketFolder = '/var/run/tgtd';
const highestControlPort = 32_000;
const startTimeoutMs = 20_000;
const starts = 5;

export interface DiskTargetOptions {
  /** The node's own address. */
  readonly address: string;
  readonly port: number;
  readonly file: string;
  readonly iqn: string;
  readonly user: string;
  readonly secret: string;
  readonly readOnly: boolean;
  /** Byte from which on writes fail; undefined: they do not. */
  readonly failsFrom: number | undefined;
  readonly logFile: string;
}

/** A limit of the file's size makes its writes fail, as a broken disk does. */
function startTgtd(args: string[], { failsFrom, logFile }: DiskTargetOptions): Daemon {
  return failsFrom === undefined
    ? startDaemon('tgtd', args, { logFile })
    : startDaemon('prlimit', [`--fsize=${failsFrom}`, 'tgtd', ...args], { logFile });
}

/**
 * Serves a disk over iSCSI by a tgtd of its own, as in the ramdisk. So the target can be killed during a write. A
 * shared tgtd would not work, because its accounts are global and two nodes may get the same user name.
 */
export class DiskTarget {
  private constructor(
    private readonly daemon: Daemon,
    private readonly socket: string,
  ) {}

  /** Resolves when an initiator can log in. */
  static async open(options: DiskTargetOptions): Promise<DiskTarget> {
    mkdirSync(socketFolder, { recursive: true });
    const target = await DiskTarget.start(options);
    try {
      await target.offer(options);
    } catch (error) {
      await target.kill();
      throw error;
    }
    return target;
  }

  /** Sends SIGKILL and waits until the process has ended, so that nothing more is written. Idempotent. */
  async kill(): Promise<void> {
    this.daemon.signal('SIGKILL');
    await this.daemon.ended;
    rmSync(this.socket, { force: true });
    rmSync(`${this.socket}.lock`, { force: true });
  }

  /** Tries again with another control port, because a second tgtd of this machine may have taken it. */
  private static async start(options: DiskTargetOptions): Promise<DiskTarget> {
    for (let left = starts; left > 0; left -= 1) {
      const control = randomInt(1, highestControlPort);
      const socket = `${socketFolder}/socket.${control}`;
      const portal = `portal=${options.address}:${options.port}`;
      const args = ['-f', '-t', '1', '-C', String(control), '--iscsi', portal];
      const daemon = startTgtd(args, options);
      let hasEnded = false;
      daemon.ended
        .catch(() => undefined)
        .finally(() => {
          hasEnded = true;
        });
      const target = new DiskTarget(daemon, socket);
      const outcome = await waitFor(
        async () => (hasEnded ? 'ended' : (await target.answers()) && 'up'),
        { timeoutMs: startTimeoutMs, what: 'tgtd to answer', everyMs: 10 },
      );
      if (outcome === 'up') {
        return target;
      }
    }
    throw new Error(`tgtd does not start, see ${options.logFile}`);
  }

  private async offer({ file, iqn, user, secret, readOnly }: DiskTargetOptions): Promise<void> {
    const target = 1;
    const lun = 1;
    const disk = { path: file, bstype: 'rdwr' };
    await this.ask({
      mode: 'target',
      operation: 'create',
      target,
      parameters: { targetname: iqn },
    });
    await this.ask({ mode: 'device', operation: 'create', target, lun, parameters: disk });
    if (readOnly) {
      const parameters = { readonly: '1' };
      await this.ask({ mode: 'device', operation: 'update', target, lun, parameters });
    }
    await this.ask({
      mode: 'account',
      operation: 'create',
      parameters: { user, password: secret },
    });
    await this.ask({ mode: 'account', operation: 'bind', target, parameters: { user } });
    const anybody = { 'initiator-address': 'ALL' };
    await this.ask({ mode: 'target', operation: 'bind', target, parameters: anybody });
  }

  private ask(request: TgtRequest): Promise<void> {
    return requestTgtd(this.socket, request);
  }

  private async answers(): Promise<boolean> {
    try {
      await this.ask({ mode: 'system', operation: 'show' });
      return true;
    } catch {
      return false;
    }
  }
}
