import type { NodeBoot } from '@metalcast/db/boot';

/**
 * Remembers each node's boot, by MAC, as last read or written here. It saves the read before a write; the write's guard
 * proves it. Never answer a node from it alone. Unknown MACs are not remembered.
 */
export class KnownBoots {
  private readonly byMac = new Map<string, NodeBoot>();

  of(mac: string): NodeBoot | undefined {
    return this.byMac.get(mac);
  }

  /** Remembers the boot of the MAC's node; undefined: no node has the MAC. */
  learn(mac: string, boot: NodeBoot | undefined): void {
    if (boot === undefined) {
      this.byMac.delete(mac);
    } else {
      this.byMac.set(mac, boot);
    }
  }
}
