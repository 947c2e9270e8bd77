import { isDatabaseAway } from '@metalcast/db';
import type { DhcpRequestNews } from '../dhcp/dhcp-log.js';
import type { KnownBoots } from '../decisions/known-boots.js';
import type { LateMilestones } from './late-milestones.js';
import type { SignsOfLife } from './signs-of-life.js';

export interface MilestonesOptions {
  readonly known: KnownBoots;
  readonly late: LateMilestones;
  readonly signs: SignsOfLife;
}

/** Records what the DHCP log says of nodes' boots. Unknown MACs cost no statement of their own. */
export class Milestones {
  constructor(private readonly options: MilestonesOptions) {}

  async dhcp(news: DhcpRequestNews): Promise<void> {
    const { known, late, signs } = this.options;
    switch (news.kind) {
      case 'foreign-server':
        late.add(news.mac, 'foreignDhcp', { offered: news.address });
        return;
      case 'no-loader':
        late.add(news.mac, 'noLoader', { firmware: news.firmware });
        return;
      case 'discover':
      case 'request': {
        // The deploy ramdisk asks for an address too, after its loader did: that is not a new boot.
        if (news.byLoader) {
          late.add(news.mac, 'dhcp');
          return;
        }
        // Firmware that still boots from the network asks as a loader, so this is the installed system.
        const boot = known.of(news.mac);
        const seenAt = performance.now();
        if (news.kind === 'discover' && boot !== undefined) {
          await signs.askedForAddress(boot).catch((error: unknown) => {
            if (!isDatabaseAway(error)) {
              throw error;
            }
            late.add(news.mac, 'system', { boot, agoMs: performance.now() - seenAt });
          });
        } else if (news.kind === 'discover') {
          late.add(news.mac, 'system');
        }
      }
    }
  }
}
