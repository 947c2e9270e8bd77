import { setTimeout as pause } from 'node:timers/promises';
import type { FakeBmc, FakePower } from '@metalcast/rig';
import { readAgentConf, type AgentConf } from './agent-conf.js';
import { DeployAgent } from './deploy-agent.js';
import type { DhcpClient } from './network/dhcp-client.js';
import { readBootScript, type BootInstruction } from './ipxe-script.js';
import type { NodeDisk } from './disk/node-disk.js';
import { nodeFaults, type NodeFaults, type NodeStage } from './node-faults.js';
import { NodeHttp } from './node-http.js';
import { phoneHome, phoneHomeUrl } from './phone-home.js';

export interface SimulatedNodeOptions {
  readonly name: string;
  readonly mac: string;
  readonly memoryMb: number;
  readonly disk: NodeDisk;
  readonly dhcp: DhcpClient;
  readonly logFile: string;
  /** Receives the lines of the machine's console. */
  readonly say: (line: string) => void;
}

/** `no system`: the disk has no boot loader. `broken`: the simulator itself failed, see its log. */
export type SeenStage = NodeStage | 'off' | 'no system' | 'broken';

/** The machine restarts by itself. */
class Crash extends Error {
  override readonly name = 'Crash';
}

type Ended = 'restart' | 'power-off' | 'stays';

/** `sleep 3`, as in the boot scripts. */
const againMs = 3000;

/** A simulated machine: its boot from power-on until its power goes off. */
export class SimulatedNode {
  faults: NodeFaults = nodeFaults.parse({});
  stage: SeenStage = 'off';
  address: string | undefined;
  /** Number of firmware starts, by power or by a restart. */
  boots = 0;
  private restartsMade = 0;
  private power = new AbortController();
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: SimulatedNodeOptions,
    private readonly bmc: () => FakeBmc,
  ) {}

  /** Sets exactly these faults from the next stage on. */
  behave(faults: NodeFaults): void {
    this.faults = faults;
    this.restartsMade = 0;
  }

  /** Follows its BMC: off stops everything at once, on starts a new boot. */
  switched(power: FakePower): void {
    this.power.abort();
    this.stage = 'off';
    if (power === 'on') {
      this.power = new AbortController();
      const { signal } = this.power;
      this.last = this.last.then(() => this.run(signal));
    }
  }

  /** Resolves when all work of the machine has ended. */
  async close(): Promise<void> {
    this.power.abort();
    await this.last;
  }

  private async run(power: AbortSignal): Promise<void> {
    try {
      let ended: Ended = 'restart';
      while (ended === 'restart' && !power.aborted) {
        ended = await this.boot(power);
      }
      if (ended === 'power-off' && !power.aborted) {
        this.bmc().power = 'off';
      }
    } catch (error) {
      if (!power.aborted) {
        this.stage = 'broken';
        this.options.say(`broken: ${error instanceof Error ? String(error.stack) : String(error)}`);
      }
    }
  }

  private async boot(power: AbortSignal): Promise<Ended> {
    const life = new AbortController();
    try {
      return await this.start(AbortSignal.any([power, life.signal]), life);
    } catch (error) {
      if (life.signal.reason instanceof Crash && !power.aborted) {
        return 'restart';
      }
      throw error;
    } finally {
      life.abort();
    }
  }

  /** A boot device holds for one start, as with IPMI. Without one, the machine boots from the network first. */
  private async start(signal: AbortSignal, life: AbortController): Promise<Ended> {
    const boot = { signal, life };
    const bmc = this.bmc();
    const device = bmc.bootDevice;
    bmc.bootDevice = undefined;
    this.boots += 1;
    await this.reach('firmware', boot);
    if (this.faults.spoofedDhcp) {
      await this.options.dhcp.spoof(this.options.mac);
    }
    await pause(this.faults.firmwareMs, undefined, { signal });
    return device === 'disk' ? this.startSystem(boot) : this.startFromNetwork(boot);
  }

  private async startFromNetwork(boot: Boot): Promise<Ended> {
    const { mac, dhcp } = this.options;
    await this.reach('dhcp', boot);
    const { foreignDhcp: foreign } = this.faults;
    const given = await dhcp.acquire({ kind: 'ipxe', mac, foreign, signal: boot.signal });
    this.address = given.address;
    const http = new NodeHttp(given.address, boot.signal);
    const url = given.bootFile.replace('${netX/mac:hexhyp}', mac.replaceAll(':', '-'));
    for (;;) {
      await this.reach('script', boot);
      const order = await this.orderAt(url, http, boot);
      switch (order.kind) {
        case 'disk':
          return this.startSystem(boot);
        case 'power-off':
          return 'power-off';
        case 'deploy': {
          const conf = await this.load(order, http, boot);
          if (conf !== undefined) {
            return this.deploy(conf, http, boot);
          }
          break;
        }
        case 'again':
          break;
      }
      await pause(againMs, undefined, { signal: boot.signal });
    }
  }

  /** Without a script, the firmware boots from the disk. */
  private async orderAt(url: string, http: NodeHttp, { signal }: Boot): Promise<BootInstruction> {
    try {
      const { status, body } = await http.ask(url);
      return status === 200 ? readBootScript(body.toString('utf8')) : { kind: 'disk' };
    } catch (error) {
      signal.throwIfAborted();
      this.options.say(`no boot script: ${String(error)}`);
      return { kind: 'again' };
    }
  }

  /** Undefined when a download failed: iPXE then requests its script again. */
  private async load(
    order: BootInstruction & { kind: 'deploy' },
    http: NodeHttp,
    boot: Boot,
  ): Promise<AgentConf | undefined> {
    try {
      await this.reach('kernel', boot);
      const kernel = await http.fetch(order.kernel);
      await this.reach('ramdisk', boot);
      const ramdisk = await http.fetch(order.ramdisk);
      const token = await http.ask(order.token);
      const got = [kernel, ramdisk, token].every(({ status }) => status === 200);
      return got ? readAgentConf(token.body) : undefined;
    } catch (error) {
      boot.signal.throwIfAborted();
      this.options.say(`not loaded: ${String(error)}`);
      return undefined;
    }
  }

  private deploy(conf: AgentConf, http: NodeHttp, boot: Boot): Promise<'restart' | 'power-off'> {
    const { mac, memoryMb, disk, logFile } = this.options;
    const { faults, address = '' } = this;
    const reach = (stage: NodeStage): Promise<void> => this.reach(stage, boot);
    const about = { conf, http, mac, address, disk, memoryMb, faults, logFile };
    return new DeployAgent({ ...about, signal: boot.signal, reach }).run();
  }

  private async startSystem(boot: Boot): Promise<Ended> {
    const { disk, dhcp, mac } = this.options;
    if (!(await disk.isBootable())) {
      this.stage = 'no system';
      return 'stays';
    }
    await this.reach('system', boot);
    const { address } = await dhcp.acquire({ kind: 'system', mac, signal: boot.signal });
    const home = await phoneHomeUrl(disk.file);
    if (home !== undefined) {
      await this.reach('phone-home', boot);
      const heard = await phoneHome(home, new NodeHttp(address, boot.signal), boot.signal);
      this.options.say(heard ? 'phoned home' : 'phone-home was not accepted');
    }
    return 'stays';
  }

  /** Enters a stage; the node's fault at this stage takes effect here. */
  private async reach(stage: NodeStage, { signal, life }: Boot): Promise<void> {
    signal.throwIfAborted();
    this.stage = stage;
    this.options.say(stage);
    const { restartsAt, restarts, hangsAt, losesPowerAt } = this.faults;
    if (losesPowerAt === stage) {
      this.bmc().power = 'off';
      signal.throwIfAborted();
    }
    if (restartsAt === stage && (restarts === null || this.restartsMade < restarts)) {
      this.restartsMade += 1;
      life.abort(new Crash());
      signal.throwIfAborted();
    }
    if (hangsAt === stage && stage !== 'writing') {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    }
  }
}

interface Boot {
  /** Aborted when the power goes off or the machine restarts. */
  readonly signal: AbortSignal;
  /** Ends this start only, not a later one. */
  readonly life: AbortController;
}
