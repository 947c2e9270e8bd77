import { eventOf } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import type { Logger } from '@metalcast/log';

export interface ForeignRelaysOptions {
  readonly database: Database;
  readonly logger: Logger;
}

const quietMs = 60_000;

/** Reports requests that relays of other networks pass on: at most once a minute, because anybody can send them. */
export class ForeignRelays {
  private quietUntil = 0;

  constructor(private readonly options: ForeignRelaysOptions) {}

  /** `networkId`: the provisioning network. */
  async heard(relay: string, networkId: string): Promise<void> {
    if (performance.now() < this.quietUntil) {
      return;
    }
    this.quietUntil = performance.now() + quietMs;
    this.options.logger.warn({ relay }, 'a DHCP relay of another network gets no answer');
    await this.options.database.quickTransaction(({ out }) => {
      out.emit(eventOf('bootRelayedDhcp', { subject: networkId }, { relay }));
      return Promise.resolve();
    });
  }
}
