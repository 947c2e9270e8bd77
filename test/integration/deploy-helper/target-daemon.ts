// A real tgtd that serves a file as a node's disk, on loopback, with a control port of its own.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '@metalcast/rig';
import { waitFor } from '@metalcast/testing';

export interface Target {
  readonly iqn: string;
  readonly chapUser: string;
  readonly chapSecret: string;
}

export class TargetDaemon {
  private constructor(
    private readonly child: ChildProcess,
    /** Of its TCP port, and of its control socket: what nobody else listens on, no other tgtd is controlled by. */
    readonly port: number,
  ) {}

  /** None is left when it cannot be served. */
  static async serve(file: string, target: Target): Promise<TargetDaemon> {
    mkdirSync('/var/run/tgtd', { recursive: true });
    const port = await freePort();
    const args = ['-f', '-C', String(port), '--iscsi', `portal=127.0.0.1:${port}`];
    const child = spawn('tgtd', args, { stdio: 'ignore' });
    const daemon = new TargetDaemon(child, port);
    try {
      await waitFor(() => daemon.answers(), { timeoutMs: 10_000, what: 'tgtd to answer' });
      daemon.offer(file, target);
    } catch (error) {
      await daemon.kill();
      throw error;
    }
    return daemon;
  }

  private offer(file: string, { iqn, chapUser, chapSecret }: Target): void {
    this.admin('target', 'new', '--tid', '1', '--targetname', iqn);
    this.admin('logicalunit', 'new', '--tid', '1', '--lun', '1', '--backing-store', file);
    this.admin('account', 'new', '--user', chapUser, '--password', chapSecret);
    this.admin('account', 'bind', '--tid', '1', '--user', chapUser);
    this.admin('target', 'bind', '--tid', '1', '--initiator-address', 'ALL');
  }

  /** What a writer is told that logs in to `target` here; `secretFile` is written. */
  logIn({ iqn, chapUser, chapSecret }: Target, secretFile: string): string {
    writeFileSync(secretFile, chapSecret, { mode: 0o600 });
    const disk = [
      'driver=iscsi,transport=tcp,lun=1',
      `portal=127.0.0.1:${this.port},target=${iqn}`,
      `user=${chapUser},password-secret=chap`,
    ].join(',');
    const secret = `secret,id=chap,file=${secretFile}`;
    const seen = spawnSync('qemu-img', ['info', '--object', secret, '--image-opts', disk]);
    return `${seen.stdout.toString()}${seen.stderr.toString()}`;
  }

  /** Stops it in the middle of whatever it does. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await ended;
    }
  }

  private answers(): boolean {
    try {
      this.admin('sys', 'show');
      return true;
    } catch {
      return false;
    }
  }

  private admin(mode: string, op: string, ...args: string[]): void {
    const to = ['-C', String(this.port), '--lld', 'iscsi', '--mode', mode, '--op', op];
    execFileSync('tgtadm', [...to, ...args], { stdio: 'ignore' });
  }
}
