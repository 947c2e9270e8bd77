import { eventOf } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import { recordSignOfLife, type NodeBoot } from '@metalcast/db/boot';
import type { Logger } from '@metalcast/log';
import { aboutBoot, mostTurns, type BootStore } from '../decisions/boot-reads.js';

export interface SignsOfLifeOptions extends BootStore {
  readonly logger: Logger;
}

/** Records at once what a build may wait for: the installed system asks for an address, or phones home. */
export class SignsOfLife {
  constructor(private readonly options: SignsOfLifeOptions) {}

  /**
   * `boot` may be outdated. `isOf` says to which boot a sign belongs that was seen a while ago. Nothing is recorded
   * twice, or for a node that does not run from its disk.
   */
  async askedForAddress(
    boot: NodeBoot,
    isOf: (boot: NodeBoot) => boolean = () => true,
  ): Promise<void> {
    await this.record({ boot, isOf }, 'localDhcp', (of, out) => {
      const data = { mac: of.mac, address: of.address };
      out.emit(eventOf('bootLocalDhcp', aboutBoot(of), data));
    });
  }

  /** The system that was installed in this epoch has phoned home; `address` is the caller's address. */
  async phonedHome(boot: NodeBoot, instance: string, address: string): Promise<void> {
    const isOf = ({ epoch }: NodeBoot): boolean => epoch === boot.epoch;
    await this.record({ boot, isOf }, 'phoneHome', (of, out) => {
      const data = { instance_uuid: instance, address };
      out.emit(eventOf('bootLocalPhoneHome', aboutBoot(of), data));
    });
  }

  private async record(
    guess: { readonly boot: NodeBoot; readonly isOf: (boot: NodeBoot) => boolean },
    sign: 'localDhcp' | 'phoneHome',
    announce: (boot: NodeBoot, out: Outgoing) => void,
  ): Promise<void> {
    const { database, site, known, logger } = this.options;
    let { boot } = guess;
    for (let turn = 0; turn < mostTurns; turn += 1) {
      // The remembered boot mode is not trusted: compute changes the mode without notifying boot.
      if (!guess.isOf(boot) || (boot.bootMode === 'local' && boot.seen.includes(sign))) {
        return;
      }
      const of = boot;
      const { written, before } = await recordSignOfLife(database, site, {
        boot: of,
        sign,
        tell: (out) => {
          announce(of, out);
          announceFirst(of, sign, out);
        },
      });
      if (written) {
        const seen = [...of.seen, sign];
        known.learn(of.mac, { ...of, bootMode: 'local', begun: true, signed: true, seen });
        logger.info({ node: of.node, epoch: of.epoch, sign }, 'sign of life');
        return;
      }
      known.learn(of.mac, before);
      if (before?.bootMode !== 'local') {
        return;
      }
      boot = before;
    }
    throw new Error('the node changes while its sign of life is written');
  }
}

function announceFirst(
  { instanceUuid, node, signed }: NodeBoot,
  sign: 'localDhcp' | 'phoneHome',
  out: Outgoing,
): void {
  if (instanceUuid !== null && !signed) {
    const by = sign === 'localDhcp' ? 'dhcp' : 'phone_home';
    out.emit(eventOf('instanceFirstSign', { subject: instanceUuid }, { node, by }));
  }
}
