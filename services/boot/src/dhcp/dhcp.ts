import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bootPorts,
  macsOfNode,
  provisioningSubnet,
  type BootPort,
  type Database,
  type ProvisioningSite,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { waitUntil } from '../wait-until.js';
import type { DhcpNews } from './dhcp-log.js';
import { dnsmasqConf, type DhcpSettings } from './dnsmasq-conf.js';
import { Dnsmasq } from './dnsmasq.js';
import { HostFiles, type HostChange } from './host-files.js';
import { readLeases, sendRelease } from './leases.js';

export interface DhcpOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
  readonly stateDirectory: string;
  readonly settings: Omit<DhcpSettings, 'files'>;
  /** Called for what nodes ask on the wire. */
  onRequest(news: DhcpNews): void;
}

const boundMs = 5000;
const readMs = 3000;
const releasedMs = 5000;

/** DHCP for the nodes of the provisioning network, kept in agreement with the database. */
export class Dhcp {
  private readonly settings: DhcpSettings;
  private readonly hosts: HostFiles;
  private readonly dnsmasq: Dnsmasq;
  private markerReads = 0;
  private started = false;
  private stopped = false;
  /** Changes are made one after the other. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DhcpOptions) {
    const files = {
      hosts: join(options.stateDirectory, 'dhcp-hosts'),
      leases: join(options.stateDirectory, 'dhcp-leases'),
      conf: join(options.stateDirectory, 'dnsmasq.conf'),
    };
    this.settings = { ...options.settings, files };
    this.hosts = new HostFiles(files.hosts, join(options.stateDirectory, 'dhcp-drafts'));
    this.dnsmasq = new Dnsmasq({
      confFile: files.conf,
      logger: options.logger,
      onNews: (news) => {
        this.heard(news);
      },
    });
  }

  /** Whether nodes get answers: not before there is a subnet for them, and then while dnsmasq runs. */
  get up(): boolean {
    return !this.started || this.dnsmasq.bound;
  }

  get pid(): number | undefined {
    return this.dnsmasq.pid;
  }

  /** Rebuilds all from the database and begins to answer, if the provisioning network has a subnet yet. */
  async start(): Promise<void> {
    await mkdir(this.options.stateDirectory, { recursive: true });
    await this.inTurn(async () => {
      const ports = await bootPorts(this.options.database.prisma, this.options.site);
      await this.hosts.rebuild(ports);
      if (await this.followSubnet()) {
        await this.untilRead('added');
        await this.releaseForeign(ports);
      }
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.dnsmasq.stop();
  }

  /**
   * Makes DHCP agree with the node's row and ports; returns the addresses it gives now. Faults:
   * UNAVAILABLE, when dnsmasq does not follow. Repeatable.
   */
  async agree(node: string): Promise<BootPort[]> {
    return this.inTurn(async () => {
      if (this.stopped) {
        throw new Fault('UNAVAILABLE', { reason: 'This boot service serves no more.' });
      }
      const { prisma } = this.options.database;
      const macs = await macsOfNode(prisma, node);
      const ports = await bootPorts(prisma, this.options.site, node);
      const change = await this.hosts.agree(macs, ports);
      if (await this.followSubnet()) {
        await this.untilRead(change);
        await this.releaseForeign(ports);
      }
      return ports;
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Runs dnsmasq with the subnet's present settings; false while there is no subnet. */
  private async followSubnet(): Promise<boolean> {
    const subnet = await provisioningSubnet(this.options.database.prisma, this.options.site);
    if (subnet === undefined) {
      return this.started;
    }
    const { conf } = this.settings.files;
    const wanted = dnsmasqConf(this.settings, subnet);
    const present = await readFile(conf, 'utf8').catch(() => undefined);
    if (present !== wanted) {
      await writeFile(conf, wanted);
      await this.dnsmasq.restart();
    }
    this.started = true;
    this.dnsmasq.start();
    return true;
  }

  /** Waits until dnsmasq has read what was changed. It reads new files by itself, the others when told. */
  private async untilRead(change: HostChange): Promise<void> {
    await this.untilBound();
    if (await this.readAgain(change)) {
      return;
    }
    this.options.logger.warn({ change }, 'dnsmasq does not read its host files, restarting it');
    await this.dnsmasq.restart();
    await this.untilBound();
    if (!(await this.readAgain('added'))) {
      throw new Fault('UNAVAILABLE', { reason: 'dnsmasq does not read its host files.' });
    }
  }

  private async readAgain(change: HostChange): Promise<boolean> {
    if (change === 'changed') {
      const before = this.markerReads;
      this.dnsmasq.reload();
      if (!(await waitUntil(() => this.markerReads > before, readMs))) {
        return false;
      }
    }
    const before = this.markerReads;
    await this.hosts.touchMarker();
    return waitUntil(() => this.markerReads > before, readMs);
  }

  private async untilBound(): Promise<void> {
    if (!(await waitUntil(() => this.dnsmasq.bound, boundMs))) {
      throw new Fault('UNAVAILABLE', { reason: 'dnsmasq does not start.' });
    }
  }

  /** An address is not offered while another MAC's lease on it lives. */
  private async releaseForeign(ports: readonly BootPort[]): Promise<void> {
    const owners = new Map(ports.map(({ address, mac }) => [address, mac]));
    const released = await waitUntil(
      async () => {
        const leases = await readLeases(this.settings.files.leases);
        const foreign = leases.filter(({ address, mac }) => (owners.get(address) ?? mac) !== mac);
        for (const lease of foreign) {
          this.options.logger.info(lease, 'releasing the lease of another card');
          await sendRelease(lease, this.options.site.address);
        }
        return foreign.length === 0;
      },
      releasedMs,
      100,
    );
    if (!released) {
      throw new Fault('UNAVAILABLE', { reason: 'dnsmasq keeps a lease that was released.' });
    }
  }

  private heard(news: DhcpNews): void {
    if (news.kind === 'read') {
      this.markerReads += news.path === this.hosts.marker ? 1 : 0;
    } else if (news.kind !== 'bound') {
      this.options.onRequest(news);
    }
  }
}
