import { eventOf, type RequestContext } from '@metalcast/contracts';
import {
  beginDeployEpoch,
  bootNode,
  lockBootNode,
  type BootNode,
  type Database,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import type { Dhcp } from './dhcp/dhcp.js';
import type { DeployImages } from './images/deploy-images.js';

export interface PreparationOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly dhcp: Dhcp;
  readonly images: DeployImages;
}

export interface PrepareArgs {
  /** uuid */
  readonly node: string;
  readonly epoch: number;
}

/** Makes everything that is needed for a node's boot, or its absence, agree with the node's row. */
export class Preparation {
  constructor(private readonly options: PreparationOptions) {}

  /**
   * Ends with the event boot.prepared, or boot.failed where a repeat would fail too; a stale epoch is
   * ignored. Throws what is worth a retry. Repeatable.
   */
  async prepare(args: PrepareArgs, { requestId }: RequestContext): Promise<void> {
    const { database, logger } = this.options;
    for (;;) {
      const node = await bootNode(database.prisma, args.node);
      if (node?.epoch !== args.epoch) {
        logger.info({ ...args, present: node?.epoch }, 'a stale epoch is not prepared');
        return;
      }
      const fault = await this.agree(node);
      if (await this.announce(node, fault, requestId)) {
        logger.info({ ...args, bootMode: node.bootMode, fault: fault?.code }, 'boot prepared');
        return;
      }
    }
  }

  /** The failure that a repeat would not mend, if there is one. */
  private async agree(node: BootNode): Promise<Fault | undefined> {
    const { dhcp, images } = this.options;
    try {
      const ports = await dhcp.agree(node.uuid);
      if (node.bootMode === 'deploy') {
        if (ports.length === 0) {
          throw new Fault('BOOT_NO_ADDRESS', { node: node.uuid });
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

  /** False when the row's boot mode has changed meanwhile: what was prepared is not what it says. */
  private async announce(
    { uuid, epoch, bootMode }: BootNode,
    fault: Fault | undefined,
    requestId: string,
  ): Promise<boolean> {
    return this.options.database.transaction(async ({ sql, out }) => {
      const node = await lockBootNode(sql, uuid, epoch);
      if (node?.bootMode !== bootMode) {
        return false;
      }
      const about = { subject: uuid, epoch, requestId };
      if (fault !== undefined) {
        out.emit(eventOf('bootFailed', about, { fault: fault.toRecord('prepareBoot') }));
        return true;
      }
      if (bootMode === 'deploy') {
        await beginDeployEpoch(sql, node);
      }
      out.emit(eventOf('bootPrepared', about, { boot_mode: bootMode }));
      return true;
    });
  }
}
