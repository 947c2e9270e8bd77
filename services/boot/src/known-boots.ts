import type { NodeBoot } from '@metalcast/db/boot';

/**
 * How each node's boot was when it was last read or written here, by MAC: a guess that saves the read before a write. The write's
 * guard proves it; nothing may be answered from it alone. Strangers are not kept.
 */
export class KnownBoots {
  private readonly byMac = new Map<string, NodeBoot>();

  of(mac: string): NodeBoot | undefined {
    return this.byMac.get(mac);
  }

  /** How the MAC's node was found to be; undefined: it is no node's. */
  learn(mac: string, boot: NodeBoot | undefined): void {
    if (boot === undefined) {
      this.byMac.delete(mac);
    } else {
      this.byMac.set(mac, boot);
    }
  }
}
