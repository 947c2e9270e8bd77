import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@metalcast/db';
import {
  bootPorts,
  provisioningSubnet,
  type BootPort,
  type ProvisioningSite,
  type ProvisioningSubnet,
} from '@metalcast/db/boot';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { CoalescedRuns } from './coalesced-runs.js';
import { waitUntil } from './wait-until.js';
import type { DhcpNews, DhcpRequestNews } from './dhcp-log.js';
import { dnsmasqConf, type DhcpSettings } from './dnsmasq-conf.js';
import { Dnsmasq } from './dnsmasq.js';
import { ForeignRelays } from './foreign-relays.js';
import { HostFile } from './host-file.js';
import { readLeases, sendRelease, type Lease } from './leases.js';

export interface DhcpOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
  readonly stateDirectory: string;
  readonly settings: Omit<DhcpSettings, 'files'>;
  /** Called for each request of a node on the wire. */
  onRequest(news: DhcpRequestNews): void;
}

/** What DHCP must give to a node, and the settings of its network. */
export interface NodeDhcp {
  /** The MACs of all its cards. */
  readonly macs: readonly string[];
  readonly ports: readonly BootPort[];
  /** Undefined: the network has no subnet any more, or not yet; dnsmasq keeps the one that it had. */
  readonly subnet: ProvisioningSubnet | undefined;
}

const boundMs = 5000;
const readMs = 3000;
const releasedMs = 5000;

/** DHCP for the nodes of the provisioning network, kept consistent with the database. */
export class Dhcp {
  private readonly settings: DhcpSettings;
  private readonly hosts: HostFile;
  private readonly dnsmasq: Dnsmasq;
  private subnet: ProvisioningSubnet | undefined;
  private conf: string | undefined;
  private hostReads = 0;
  private readVersion = -1;
  private stopped = false;
  /** Changes at the same time share one reload. */
  private readonly following = new CoalescedRuns(() => this.follow());
  private readonly relays: ForeignRelays;
  private readonly leases = new CoalescedRuns(() => readLeases(this.settings.files.leases));

  constructor(private readonly options: DhcpOptions) {
    const files = {
      hosts: join(options.stateDirectory, 'dnsmasq-hosts'),
      leases: join(options.stateDirectory, 'dhcp-leases'),
      conf: join(options.stateDirectory, 'dnsmasq.conf'),
    };
    this.settings = { ...options.settings, files };
    this.hosts = new HostFile(files.hosts);
    this.relays = new ForeignRelays(options);
    this.dnsmasq = new Dnsmasq({
      confFile: files.conf,
      logger: options.logger,
      onNews: (news) => {
        this.heard(news);
      },
    });
  }

  /** Whether nodes get answers: only when their network has a subnet and dnsmasq runs. */
  get up(): boolean {
    return this.conf === undefined || this.dnsmasq.bound;
  }

  get pid(): number | undefined {
    return this.dnsmasq.pid;
  }

  /** Rebuilds everything from the database and begins to answer, if the provisioning network has a subnet. */
  async start(): Promise<void> {
    const { database, site, stateDirectory } = this.options;
    await mkdir(stateDirectory, { recursive: true });
    const ports = await bootPorts(database.sql, site);
    this.subnet = await provisioningSubnet(database.sql, site);
    this.hosts.replaceAll(ports);
    await this.following.run();
    await this.releaseForeign(ports);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.dnsmasq.stop();
  }

  /**
   * Makes DHCP agree with the node's row and ports. Fault: UNAVAILABLE, when dnsmasq does not apply the change.
   * Idempotent.
   */
  async agree({ macs, ports, subnet }: NodeDhcp): Promise<void> {
    this.hosts.agree(macs, ports);
    this.subnet = subnet ?? this.subnet;
    await this.following.run();
    await this.releaseForeign(ports);
  }

  /** Makes dnsmasq run with the subnet's present settings and read the present hosts. */
  private async follow(): Promise<void> {
    if (this.stopped) {
      throw new Fault('UNAVAILABLE', { reason: 'This boot service no longer serves.' });
    }
    if (this.subnet === undefined) {
      return;
    }
    const conf = dnsmasqConf(this.settings, this.subnet);
    if (conf === this.conf && this.hosts.version === this.readVersion) {
      return this.untilBound();
    }
    const version = await this.hosts.write();
    await (conf === this.conf ? this.readAgain() : this.configure(conf));
    this.readVersion = version;
  }

  private async configure(conf: string): Promise<void> {
    await writeFile(this.settings.files.conf, conf);
    this.conf = conf;
    await this.dnsmasq.restart();
    this.dnsmasq.start();
    await this.untilBound();
  }

  private async readAgain(): Promise<void> {
    await this.untilBound();
    const before = this.hostReads;
    this.dnsmasq.reload();
    if (await waitUntil(() => this.hostReads > before, readMs, 2)) {
      return;
    }
    this.options.logger.warn('dnsmasq does not read its hosts, restarting it');
    await this.dnsmasq.restart();
    await this.untilBound();
  }

  private async untilBound(): Promise<void> {
    if (!(await waitUntil(() => this.dnsmasq.bound, boundMs))) {
      throw new Fault('UNAVAILABLE', { reason: 'dnsmasq does not start.' });
    }
  }

  /** dnsmasq does not offer an address while another MAC has a lease on it. */
  private async releaseForeign(ports: readonly BootPort[]): Promise<void> {
    const owners = new Map(ports.map(({ address, mac }) => [address, mac]));
    const released =
      owners.size === 0 || (await waitUntil(() => this.releaseOnce(owners), releasedMs, 100));
    if (!released) {
      throw new Fault('UNAVAILABLE', { reason: 'dnsmasq keeps a lease that was released.' });
    }
  }

  /** True when there was nothing to release. */
  private async releaseOnce(owners: ReadonlyMap<string, string>): Promise<boolean> {
    const isForeign = ({ address, mac }: Lease) => (owners.get(address) ?? mac) !== mac;
    const foreign = (await this.leases.run()).filter(isForeign);
    for (const lease of foreign) {
      this.options.logger.info(lease, 'releasing the lease of another card');
      await sendRelease(lease, this.options.site.address);
    }
    return foreign.length === 0;
  }

  private heard(news: DhcpNews): void {
    switch (news.kind) {
      case 'read':
        this.hostReads += 1;
        break;
      case 'relayed':
        this.reportRelay(news.relay);
        break;
      case 'leased':
        this.releaseLease(news).catch((error: unknown) => {
          this.options.logger.warn({ ...news, err: error }, 'a lease was not released');
        });
        break;
      default:
        this.options.onRequest(news);
    }
  }

  private reportRelay(relay: string): void {
    if (this.subnet !== undefined) {
      this.relays.heard(relay, this.subnet.networkId).catch((error: unknown) => {
        this.options.logger.warn({ relay, err: error }, 'the event of a relay was not written');
      });
    }
  }

  /**
   * Releases a lease that was not there, or not seen, when the node's boot was prepared. The node asks again, and then
   * gets its address.
   */
  private async releaseLease({ mac, address }: Lease): Promise<void> {
    const holder = this.hosts.holderOf(address);
    if (holder !== undefined && holder !== mac) {
      this.options.logger.info({ mac, address }, 'releasing the lease of another card');
      await sendRelease({ mac, address }, this.options.site.address);
    }
  }
}
