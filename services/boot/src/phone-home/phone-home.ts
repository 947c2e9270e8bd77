import { bootOfInstance } from '@metalcast/db/boot';
import { Fault, isUuid } from '@metalcast/domain';
import { isPhoneHomeToken, type Deriver } from '@metalcast/keys';
import type { BootStore } from '../decisions/boot-reads.js';
import type { SignsOfLife } from '../milestones/signs-of-life.js';

export interface PhoneHomeOptions extends BootStore {
  readonly agent: Deriver;
  readonly signs: SignsOfLife;
}

export interface PhoneCall {
  /** A uuid, spelt as the caller did. */
  readonly instance: string;
  readonly token: string;
  /** Address that the call came from. */
  readonly peer: string;
}

/** Handles the calls of installed systems that phone home. */
export class PhoneHome {
  constructor(private readonly options: PhoneHomeOptions) {}

  /**
   * Records the sign of life, once for each installation. Idempotent. Faults: NOT_FOUND for a server that is on no node
   * and for a wrong token, so that nobody learns which; CONFLICT while its node must not run from its disk.
   */
  async hear({ instance, token, peer }: PhoneCall): Promise<void> {
    const { database, site, agent, signs } = this.options;
    const boot = isUuid(instance) ? await bootOfInstance(database, site, instance) : undefined;
    if (boot === undefined || boot.instanceUuid === null) {
      throw noSuchServer(instance);
    }
    const { node, epoch, instanceUuid } = boot;
    if (!isPhoneHomeToken(agent, { instance: instanceUuid, node, epoch }, token)) {
      throw noSuchServer(instance);
    }
    if (boot.bootMode !== 'local') {
      throw new Fault('CONFLICT', { reason: `Server ${instanceUuid} is not up yet.` });
    }
    await signs.phonedHome(boot, instanceUuid, peer);
  }
}

const noSuchServer = (id: string): Fault => new Fault('NOT_FOUND', { what: 'Server', id });
