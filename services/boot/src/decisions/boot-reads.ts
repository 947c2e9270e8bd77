import type { Database } from '@metalcast/db';
import { bootsByMac, type NodeBoot, type ProvisioningSite } from '@metalcast/db/boot';
import type { KnownBoots } from './known-boots.js';

/** What all parts that serve nodes share. */
export interface BootStore {
  readonly database: Database;
  readonly site: ProvisioningSite;
  readonly known: KnownBoots;
}

/** The present boot of the MAC's node; undefined for an unknown MAC. */
export async function readBoot(store: BootStore, mac: string): Promise<NodeBoot | undefined> {
  return (await readBoots(store, [mac])).get(mac);
}

/** The same for several nodes, by MAC; unknown MACs are left out. */
export async function readBoots(
  { database, site, known }: BootStore,
  macs: readonly string[],
): Promise<ReadonlyMap<string, NodeBoot>> {
  const boots = new Map(
    (await bootsByMac(database, site, macs)).map((boot) => [boot.mac, boot] as const),
  );
  for (const mac of macs) {
    known.learn(mac, boots.get(mac));
  }
  return boots;
}

/** Most attempts to write after a fresh read: rows change seldom, so one of them succeeds soon. */
export const mostTurns = 5;

export const aboutBoot = ({ node, epoch }: NodeBoot): { subject: string; epoch: number } => ({
  subject: node,
  epoch,
});
