import { bootNodeOfInstance, phoneHomeToken, type Database, type Secrets } from '@metalcast/db';
import { equalSecret, Fault, isUuid } from '@metalcast/domain';
import type { Milestones } from '../milestones.js';

export interface PhoneHomeOptions {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly milestones: Milestones;
}

export interface PhoneCall {
  /** uuid, as the caller spells it. */
  readonly instance: string;
  readonly token: string;
  /** Address that the call came from. */
  readonly peer: string;
}

/** Hears installed systems that phone home. */
export class PhoneHome {
  constructor(private readonly options: PhoneHomeOptions) {}

  /**
   * Records the sign of life, once for each installation; a repeat changes nothing. Faults: NOT_FOUND for a server that is
   * on no node and for a wrong token, so that nobody learns which; CONFLICT while its node shall not run from its disk.
   */
  async hear({ instance, token, peer }: PhoneCall): Promise<void> {
    const { database, secrets, milestones } = this.options;
    const node = isUuid(instance) ? await bootNodeOfInstance(database.prisma, instance) : undefined;
    if (node === undefined || node.instanceUuid === null) {
      throw noSuchServer(instance);
    }
    const { uuid, epoch, instanceUuid } = node;
    const expected = phoneHomeToken(secrets, { instance: instanceUuid, node: uuid, epoch });
    if (!equalSecret(token, expected)) {
      throw noSuchServer(instance);
    }
    if (node.bootMode !== 'local') {
      throw new Fault('CONFLICT', { reason: `Server ${instanceUuid} is not up yet.` });
    }
    await milestones.phonedHome(node, instanceUuid, peer);
  }
}

const noSuchServer = (id: string): Fault => new Fault('NOT_FOUND', { what: 'Server', id });
