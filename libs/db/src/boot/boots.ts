import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { addressOfCard, servedCard, subnetOfSite } from './provisioning.js';
import type { ProvisioningSite, ProvisioningSubnet } from './provisioning.js';

/** Milestones that are recorded once per try of a boot; serving a deploy script begins a new try. */
export const bootMarks = [
  'dhcp',
  'kernel',
  'ramdisk',
  'loop',
  'foreignDhcp',
  'otherCard',
  'noLoader',
  'localScript',
  'localDhcp',
  'phoneHome',
] as const;
export type BootMark = (typeof bootMarks)[number];

/** A node as its boot sees it, by one of its network cards. */
export interface NodeBoot {
  /** Empty for a node without a card. */
  readonly mac: string;
  /** That DHCP gives to this card. */
  readonly address: string | null;
  /** MAC of the card of this node to which DHCP gives an address; null: of none. */
  readonly servedMac: string | null;
  readonly nodeId: number;
  /** uuid */
  readonly node: string;
  readonly epoch: number;
  readonly bootMode: string;
  readonly instanceUuid: string | null;
  /** Snapshot of the server's flavor, as stored. */
  readonly flavor: unknown;
  /** Whether the server has given a sign of life before. */
  readonly signed: boolean;
  /** Whether this epoch has a row of `boots`. */
  readonly begun: boolean;
  readonly bootTry: number;
  /** Deploy boots served since the ramdisk last reported to a helper. */
  readonly triesSinceHello: number;
  /** What this try has shown. */
  readonly seen: readonly BootMark[];
  /**
   * On this process's monotonic clock, and no later than it was: when its deploy script was served, or its boot
   * prepared, whichever came last. Null: neither was.
   */
  readonly tryBeganAt: number | null;
  /** The number by which the BIOS starts from the disk that was written in this epoch; null: not known. */
  readonly biosDrive: number | null;
}

/** As the statements below read it. */
export type BootRow = Omit<NodeBoot, 'tryBeganAt'> & { readonly tryAgeMs: number | null };

/** `asked`: when, on the monotonic clock. Where the database's clock was set back, the try began when it was asked. */
export const bootOfRow = <Row extends BootRow>(
  { tryAgeMs, ...row }: Row,
  asked: number,
): Omit<Row, 'tryAgeMs'> & Pick<NodeBoot, 'tryBeganAt'> => ({
  ...row,
  tryBeganAt: tryAgeMs === null ? null : asked - Math.max(tryAgeMs, 0),
});

/** A row for each card (`i`) of the nodes (`n`) for which `condition` holds; a node without a card has one as well. */
const nodeBoots = (site: ProvisioningSite, condition: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT coalesce(i.address, '') AS mac, ${addressOfCard(site)} AS address, ${servedCard(site)} AS "servedMac", n.id AS "nodeId", n.uuid::text AS node, n.epoch,
         n.boot_mode AS "bootMode", n.instance_uuid::text AS "instanceUuid", v.flavor,
         v.first_sign_at IS NOT NULL AS signed, b.node_id IS NOT NULL AS begun,
         coalesce(b.boot_try, 0) AS "bootTry", coalesce(b.boot_try, 0) - coalesce(d.boot_try, 0) AS "triesSinceHello",
         array_remove(ARRAY[
           CASE WHEN b.dhcp_at > coalesce(b.script_at, '-infinity') THEN 'dhcp' END,
           CASE WHEN b.kernel_at IS NOT NULL THEN 'kernel' END,
           CASE WHEN b.ramdisk_at IS NOT NULL THEN 'ramdisk' END,
           CASE WHEN b.loop_at IS NOT NULL THEN 'loop' END,
           CASE WHEN b.foreign_dhcp_at IS NOT NULL THEN 'foreignDhcp' END,
           CASE WHEN b.other_card_at IS NOT NULL THEN 'otherCard' END,
           CASE WHEN b.no_loader_at IS NOT NULL THEN 'noLoader' END,
           CASE WHEN b.local_script_at IS NOT NULL THEN 'localScript' END,
           CASE WHEN b.local_dhcp_at IS NOT NULL THEN 'localDhcp' END,
           CASE WHEN b.phone_home_at IS NOT NULL THEN 'phoneHome' END], NULL) AS seen,
         (extract(epoch FROM clock_timestamp() - greatest(b.script_at, b.prepared_at)) * 1000)::float8 AS "tryAgeMs",
         d.bios_drive AS "biosDrive"
    FROM nodes n LEFT JOIN interfaces i ON i.node_id = n.id
    LEFT JOIN instances v ON v.uuid = n.instance_uuid
    LEFT JOIN boots b ON b.node_id = n.id AND b.epoch = n.epoch
    LEFT JOIN deployments d ON d.node_id = n.id AND d.epoch = n.epoch
   WHERE n.deleted_at IS NULL AND ${condition}`;

/** The node that a MAC belongs to: at most one row. */
export const bootOfCard = (site: ProvisioningSite, mac: string): Prisma.Sql =>
  nodeBoots(site, Prisma.sql`i.address = ${mac}`);

/** Of the nodes that these MACs belong to; strangers are left out. */
export async function bootsByMac(
  database: Database,
  site: ProvisioningSite,
  macs: readonly string[],
): Promise<NodeBoot[]> {
  const asked = performance.now();
  const rows = await database.statement<BootRow>(
    'boots_by_mac',
    nodeBoots(site, Prisma.sql`i.address = ANY (${macs}::text[])`),
  );
  return rows.map((row) => bootOfRow(row, asked));
}

/** Of the node that the instance is on; undefined when it is on none. */
export async function bootOfInstance(
  database: Database,
  site: ProvisioningSite,
  instanceUuid: string,
): Promise<NodeBoot | undefined> {
  const condition = Prisma.sql`n.instance_uuid = ${instanceUuid}::uuid LIMIT 1`;
  const asked = performance.now();
  const [row] = await database.statement<BootRow>('boot_of_instance', nodeBoots(site, condition));
  return row && bootOfRow(row, asked);
}

/** All that a node's boot is prepared from. */
export interface BootToPrepare {
  readonly node: NodeBoot;
  /** By its cards. */
  readonly cards: readonly NodeBoot[];
  readonly subnet: ProvisioningSubnet | undefined;
}

/** Undefined for a node that is not there (any more). */
export async function bootToPrepare(
  database: Database,
  site: ProvisioningSite,
  nodeUuid: string,
): Promise<BootToPrepare | undefined> {
  type Row = BootRow & { readonly subnet: ProvisioningSubnet | null };
  const asked = performance.now();
  const rows = await database.statement<Row>(
    'boot_to_prepare',
    Prisma.sql`
      SELECT card.*, (SELECT to_jsonb(served) FROM (${subnetOfSite(site)}) served) AS subnet
        FROM (${nodeBoots(site, Prisma.sql`n.uuid = ${nodeUuid}::uuid`)}) card ORDER BY mac`,
  );
  const boots = rows.map((row) => bootOfRow(row, asked));
  const [node] = boots;
  return (
    node && {
      node,
      cards: boots.filter(({ mac }) => mac !== ''),
      subnet: node.subnet ?? undefined,
    }
  );
}
