import { eventOf, type RequestContext } from '@metalcast/contracts';
import {
  bootToPrepare,
  recordPrepared,
  type BootToPrepare,
  type NodeBoot,
} from '@metalcast/db/boot';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import type { BootStore } from './decisions/boot-reads.js';
import type { Dhcp } from './dhcp/dhcp.js';
import type { DeployImages } from './images/deploy-images.js';

export interface PreparationOptions extends BootStore {
  readonly logger: Logger;
  readonly dhcp: Dhcp;
  readonly images: DeployImages;
}

export interface PrepareArgs {
  /** uuid */
  readonly node: string;
  readonly epoch: number;
}

/** Makes everything that a node's boot needs agree with the node's row, also when nothing is to boot. */
export class Preparation {
  constructor(private readonly options: PreparationOptions) {}

  /**
   * Ends with the event boot.prepared, or boot.failed when a repeat would fail too. A stale epoch is ignored. Throws
   * errors that are worth a retry. Idempotent.
   */
  async prepare(args: PrepareArgs, { requestId }: RequestContext): Promise<void> {
    const { database, site, logger } = this.options;
    for (;;) {
      const found = await bootToPrepare(database, site, args.node);
      if (found?.node.epoch !== args.epoch) {
        logger.info({ ...args, present: found?.node.epoch }, 'a stale epoch is not prepared');
        return;
      }
      const fault = await this.agree(found);
      if (await this.announce(found, fault, requestId)) {
        const { bootMode } = found.node;
        logger.info({ ...args, bootMode, fault: fault?.code }, 'boot prepared');
        return;
      }
    }
  }

  /** The fault that a repeat would not mend, if there is one. */
  private async agree({ node, cards, subnet }: BootToPrepare): Promise<Fault | undefined> {
    const { dhcp, images } = this.options;
    const ports = node.bootMode === 'none' ? [] : cards.flatMap(portOf);
    try {
      await dhcp.agree({ macs: cards.map(({ mac }) => mac), ports, subnet });
      if (node.bootMode === 'deploy') {
        if (ports.length === 0) {
          throw new Fault('BOOT_NO_ADDRESS', { node: node.node });
        }
        await images.prepare(node);
      }
      return undefined;
    } catch (error) {
      if (error instanceof Fault && error.retryable !== 'same-node') {
        return error;
      }
      throw error;
    }
  }

  /** False when the row's boot mode has changed meanwhile: then the preparation is outdated. */
  private async announce(
    { node: boot, cards }: BootToPrepare,
    fault: Fault | undefined,
    requestId: string,
  ): Promise<boolean> {
    const about = { subject: boot.node, epoch: boot.epoch, requestId };
    const record = fault?.toRecord('prepareBoot');
    const tryBeganAt = performance.now();
    const recorded = await recordPrepared(this.options.database, {
      boot,
      fault: record,
      tell: (out) => {
        out.emit(
          record === undefined
            ? eventOf('bootPrepared', about, { boot_mode: boot.bootMode })
            : eventOf('bootFailed', about, { fault: record }),
        );
      },
    });
    for (const card of cards) {
      const began = recorded && fault === undefined ? { tryBeganAt } : {};
      this.options.known.learn(card.mac, { ...card, ...began, begun: recorded || card.begun });
    }
    return recorded;
  }
}

const portOf = ({ mac, address }: NodeBoot): { mac: string; address: string }[] =>
  address === null ? [] : [{ mac, address }];
