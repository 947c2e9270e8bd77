import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { agentCommand, agentHelloAnswer, type AgentCommand } from '@metalcast/contracts';
import type { AgentConf } from './agent-conf.js';
import { DiskTarget } from './disk/disk-target.js';
import { HelperCalls, NotWanted, Overtaken } from './helper-calls.js';
import type { NodeDisk } from './disk/node-disk.js';
import type { NodeFaults, NodeStage } from './node-faults.js';
import type { NodeHttp } from './node-http.js';

export interface DeployAgentOptions {
  readonly conf: AgentConf;
  readonly http: NodeHttp;
  readonly mac: string;
  readonly address: string;
  readonly disk: NodeDisk;
  readonly memoryMb: number;
  readonly faults: NodeFaults;
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** Called before each stage, so that the node's faults take effect. */
  readonly reach: (stage: NodeStage) => Promise<void>;
}

type Ending = 'restart' | 'power-off' | undefined;
type Command<N extends AgentCommand['command']> = AgentCommand & { readonly command: N };

const mib = 1024 * 1024;
const iscsiPort = 3260;
const holdMs = 40_000;
const briefPauseMs = 200;

/** The deploy ramdisk's program: the client of docs/agent-protocol.md, with a real iSCSI target. */
export class DeployAgent {
  private readonly calls: HelperCalls;
  private target: DiskTarget | undefined;
  private attempt = 0;
  private state: 'idle' | 'ready' | 'verified' | 'failed' = 'idle';

  constructor(private readonly options: DeployAgentOptions) {
    this.calls = new HelperCalls(options.http, options.conf.helpers, options.signal);
  }

  /**
   * Runs until the agent leaves the node. Rejects when the machine is switched off or restarts by itself. Closes its
   * target in any case.
   */
  async run(): Promise<'restart' | 'power-off'> {
    try {
      await this.options.reach('hello');
      await this.sayHello();
      for (;;) {
        const ended = await this.execute(await this.nextCommand());
        if (ended !== undefined) {
          return ended;
        }
      }
    } catch (error) {
      if (error instanceof NotWanted) {
        return 'power-off';
      }
      throw error;
    } finally {
      await this.closeTarget();
    }
  }

  private async sayHello(): Promise<void> {
    const { conf, mac, memoryMb, faults } = this.options;
    const answer = await this.calls.ask('POST', '/v1/agent/hello', {
      ...this.who,
      boot_try: conf.bootTry,
      token: faults.wrongToken ? 'f'.repeat(conf.token.length) : conf.token,
      nonce: randomBytes(16).toString('hex'),
      protocol: 2,
      macs: [mac],
      disks: this.diskBytes === 0 ? [] : [{ name: 'vda', size: this.diskBytes, serial: mac }],
      cpus: 1,
      memory_mb: memoryMb,
      firmware: 'bios',
    });
    this.calls.session = agentHelloAnswer.parse(answer).session;
  }

  private async nextCommand(): Promise<AgentCommand> {
    const { node, epoch } = this.options.conf;
    const state = `state=${this.state}&attempt=${this.attempt}`;
    const path = `/v1/agent/next?node=${node}&epoch=${epoch}&${state}`;
    return agentCommand.parse(await this.calls.ask('GET', path, undefined, holdMs));
  }

  /** Refuses commands of an older attempt and ignores late answers. */
  private async execute(command: AgentCommand): Promise<Ending> {
    if ('attempt' in command && command.attempt < this.attempt) {
      return undefined;
    }
    try {
      switch (command.command) {
        case 'wait':
          await this.pauseBriefly();
          return undefined;
        case 'target':
          await this.openTargetOnce(command);
          return undefined;
        case 'verify':
          await this.verify(command);
          return undefined;
        case 'reboot':
          await this.reboot(command);
          return 'restart';
        case 'poweroff':
        case 'abort':
          return 'power-off';
      }
    } catch (error) {
      if (error instanceof Overtaken) {
        return undefined;
      }
      throw error;
    }
  }

  private async openTargetOnce(command: Command<'target'>): Promise<void> {
    if (command.attempt === this.attempt && this.state !== 'idle') {
      await (this.state === 'ready' ? this.reportReady(command) : this.pauseBriefly());
      return;
    }
    this.attempt = command.attempt;
    this.state = 'failed';
    await this.options.reach('target');
    const { saysError: error } = this.options.faults;
    if (error !== null) {
      await this.report({ attempt: command.attempt, step: 'error', error });
      return;
    }
    await this.openTarget(command);
    this.state = 'ready';
    await this.reportReady(command);
  }

  private async openTarget({
    iqn,
    chap_user: user,
    chap_secret: secret,
  }: Command<'target'>): Promise<void> {
    const { disk, address, faults, signal, reach, logFile } = this.options;
    await this.closeTarget();
    await disk.empty(this.diskBytes);
    const { refusesWrites: readOnly, failsFromMb } = faults;
    const served = { address, port: iscsiPort, file: disk.file, iqn, readOnly, logFile };
    const login = { user, secret: faults.wrongSecret ? `not-${secret}` : secret };
    const failsFrom = failsFromMb === null ? undefined : failsFromMb * mib;
    this.target = await DiskTarget.open({ ...served, ...login, failsFrom });
    signal.throwIfAborted();
    disk.watchFirstWrite(signal, () => {
      if (faults.hangsAt === 'writing') {
        this.closeTarget().catch(() => undefined);
      }
      reach('writing').catch(() => undefined);
    });
  }

  private async reportReady({ attempt, iqn }: Command<'target'>): Promise<void> {
    const portal = { portal: this.options.address, port: iscsiPort, lun: 1 };
    await this.calls.ask('POST', '/v1/agent/ready', {
      ...this.who,
      attempt,
      iqn,
      ...portal,
      zeroed: 1,
    });
  }

  private async verify({ attempt, extents }: Command<'verify'>): Promise<void> {
    this.attempt = attempt;
    await this.closeTarget();
    await this.options.reach('verify');
    const { disk, faults } = this.options;
    const digest = await disk.digest(extents, faults.garbles);
    this.state = 'verified';
    await this.report({ attempt, step: 'verify', ...digest });
  }

  private async reboot({ attempt }: Command<'reboot'>): Promise<void> {
    this.attempt = attempt;
    await this.closeTarget();
    await this.options.reach('leaving');
    await this.report({ attempt, step: 'leaving' });
  }

  private report(report: object): Promise<unknown> {
    return this.calls.ask('POST', '/v1/agent/report', { ...this.who, ...report });
  }

  private get who(): { node: string; epoch: number } {
    const { node, epoch } = this.options.conf;
    return { node, epoch };
  }

  private get diskBytes(): number {
    const { faults, disk } = this.options;
    return faults.diskMb === null ? disk.size : faults.diskMb * mib;
  }

  /** Pauses after a helper that answers at once, to avoid a busy loop. */
  private async pauseBriefly(): Promise<void> {
    await pause(briefPauseMs, undefined, { signal: this.options.signal });
  }

  private async closeTarget(): Promise<void> {
    const { target } = this;
    this.target = undefined;
    await target?.kill();
  }
}
