import { eventOf } from '@metalcast/contracts';
import {
  bootNodeByMac,
  lockBootNode,
  recordedInThisTry,
  type BootNode,
  type BootNodeByMac,
  type Database,
  type ProvisioningSite,
  type Tx,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import type { DhcpNews } from './dhcp/dhcp-log.js';

export interface MilestonesOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
}

/** Records what a node shows of its boot, once for each deploy boot (`boot_try`), of the present epoch only. */
export class Milestones {
  constructor(private readonly options: MilestonesOptions) {}

  /** The node asked for an address. */
  async dhcp(news: DhcpNews): Promise<void> {
    const node = 'mac' in news ? await this.nodeOf(news.mac) : undefined;
    if (node === undefined) {
      return;
    }
    if (news.kind === 'foreign-server') {
      await this.record(node, 'boot.foreign_dhcp', ({ out }) => {
        out.emit(eventOf('bootForeignDhcp', about(node), { mac: node.mac }));
      });
    } else if (node.bootMode === 'deploy' && news.kind !== 'read' && news.kind !== 'bound') {
      await this.deployDhcp(node, news.byLoader);
    } else if (node.bootMode === 'local' && news.kind === 'discover' && !news.byLoader) {
      await this.localDhcp(node);
    }
  }

  /** The node began to fetch its deploy kernel or ramdisk. */
  async fetched(mac: string, peer: string, what: 'kernel' | 'ramdisk'): Promise<void> {
    const node = await this.nodeOf(mac);
    if (node?.bootMode !== 'deploy' || node.address !== peer) {
      return;
    }
    const name = what === 'kernel' ? 'bootKernel' : 'bootRamdisk';
    await this.record(node, `boot.${what}`, ({ out }) => {
      out.emit(eventOf(name, about(node), { mac }));
    });
  }

  /** The installed system called by itself; `address` is where it called from. */
  async phonedHome(node: BootNode, instance: string, address: string): Promise<void> {
    await this.record(node, 'boot.local.phone_home', ({ out }) => {
      const data = { instance_uuid: instance, address };
      out.emit(eventOf('bootLocalPhoneHome', about(node), data));
    });
  }

  /** The deploy ramdisk asks for an address too, after its loader did: that is no boot of its own. */
  private async deployDhcp(node: BootNodeByMac, byLoader: boolean): Promise<void> {
    if (byLoader) {
      await this.record(node, 'boot.dhcp', ({ out }) => {
        out.emit(eventOf('bootDhcp', about(node), { mac: node.mac }));
      });
    }
  }

  /** Firmware that still boots from the network asks as a loader; this is the installed system. */
  private async localDhcp(node: BootNodeByMac): Promise<void> {
    await this.record(node, 'boot.local.dhcp', ({ out }) => {
      out.emit(eventOf('bootLocalDhcp', about(node), { mac: node.mac, address: node.address }));
    });
  }

  private async nodeOf(mac: string): Promise<BootNodeByMac | undefined> {
    return bootNodeByMac(this.options.database.prisma, this.options.site, mac);
  }

  private async record(node: BootNode, type: string, emit: (tx: Tx) => void): Promise<void> {
    // Most requests repeat what is known: those need no lock.
    if (await recordedInThisTry(this.options.database.prisma, node, type)) {
      return;
    }
    await this.options.database.transaction(async (tx) => {
      const locked = await lockBootNode(tx.sql, node.uuid, node.epoch);
      if (locked?.bootMode === node.bootMode && !(await recordedInThisTry(tx.sql, node, type))) {
        emit(tx);
        this.options.logger.info({ node: node.uuid, epoch: node.epoch, type }, 'milestone');
      }
    });
  }
}

const about = ({ uuid, epoch }: BootNode): { subject: string; epoch: number } => ({
  subject: uuid,
  epoch,
});
