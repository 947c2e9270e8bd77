import type { BootMark, NodeBoot } from './boots.js';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { lockTimeout } from '../sql/lock-timeout.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { addressOfCard, type ProvisioningSite } from './provisioning.js';

/** Nodes whose rows are free must not wait long for one that is not. */
const milestoneLockMs = 1000;

/** Milestones that answer nothing, and may be written late. */
export type LateMark = Exclude<BootMark, 'localDhcp' | 'phoneHome'>;

/** Late milestones of one node, as it was last read. */
export interface SeenMarks {
  readonly boot: NodeBoot;
  /** How long ago each was seen. Those of this try that are recorded already must be left out. */
  readonly agoMs: Readonly<Partial<Record<LateMark, number>>>;
  /** The firmware that requested a loader; only with the mark `noLoader`. */
  readonly firmware?: string | undefined;
  /** The address that another DHCP server has offered, with the mark `foreignDhcp`. */
  readonly offered?: string | undefined;
  /** Whether they came from the address that DHCP gives to this card, which must be so still. */
  readonly fromAddress: boolean;
}

/**
 * Records milestones of any number of nodes, with the messages that announce them, by one statement: all, or none when
 * a node's epoch, boot mode, address or try is another by now or something was recorded before. Locks no node: a batch
 * that waited for one would hold up all others, and what was seen is true of its epoch whatever the node is becoming.
 */
export async function recordMilestones(
  database: Database,
  site: ProvisioningSite,
  marks: readonly SeenMarks[],
  tell: (out: Outgoing) => void,
): Promise<boolean> {
  await begin(database, marks);
  const out = new Outgoing();
  tell(out);
  const [row] = await database.write<{ written: boolean }>(
    'boot_milestones',
    out,
    () => Prisma.sql`
      WITH seen AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(marks.map(rowOf))}::jsonb) AS s (
          node_id int, epoch int, mode text, try int, mac text, address text,
          dhcp float8, kernel float8, ramdisk float8, loop float8, foreign_dhcp float8, offered text, other_card float8,
          served text, no_loader float8, firmware text, local_script float8), ${lockTimeout(milestoneLockMs)}
      ), node AS MATERIALIZED (
        SELECT n.id, n.epoch, s.try FROM seen s JOIN nodes n ON n.id = s.node_id AND n.epoch = s.epoch
         WHERE n.boot_mode = s.mode AND n.deleted_at IS NULL
           AND (s.address IS NULL OR EXISTS (
             SELECT FROM interfaces i WHERE i.node_id = n.id AND i.address = s.mac AND ${addressOfCard(site)} = s.address))
      ), boot AS MATERIALIZED (
        SELECT b.node_id FROM node JOIN seen s ON s.node_id = node.id JOIN boots b ON b.node_id = node.id AND b.epoch = node.epoch
         WHERE b.boot_try = s.try AND (s.dhcp IS NULL OR b.dhcp_at IS NULL OR b.dhcp_at <= b.script_at)
           AND (s.kernel IS NULL OR b.kernel_at IS NULL) AND (s.ramdisk IS NULL OR b.ramdisk_at IS NULL)
           AND (s.loop IS NULL OR b.loop_at IS NULL) AND (s.foreign_dhcp IS NULL OR b.foreign_dhcp_at IS NULL)
           AND (s.other_card IS NULL OR b.other_card_at IS NULL) AND (s.no_loader IS NULL OR b.no_loader_at IS NULL)
           AND (s.local_script IS NULL OR b.local_script_at IS NULL)
         ORDER BY b.node_id FOR UPDATE OF b
      ), written AS (
        UPDATE boots b
           SET dhcp_at = coalesce(${ago('dhcp')}, b.dhcp_at), kernel_at = coalesce(${ago('kernel')}, b.kernel_at),
               ramdisk_at = coalesce(${ago('ramdisk')}, b.ramdisk_at), loop_at = coalesce(${ago('loop')}, b.loop_at),
               foreign_dhcp_at = coalesce(${ago('foreign_dhcp')}, b.foreign_dhcp_at),
               other_card_at = coalesce(${ago('other_card')}, b.other_card_at),
               other_card = CASE WHEN s.other_card IS NULL THEN b.other_card ELSE s.mac END,
               served_card = CASE WHEN s.other_card IS NULL THEN b.served_card ELSE s.served END,
               no_loader_at = coalesce(${ago('no_loader')}, b.no_loader_at),
               no_loader_for = coalesce(s.firmware, b.no_loader_for),
               foreign_address = coalesce(s.offered, b.foreign_address),
               local_script_at = coalesce(${ago('local_script')}, b.local_script_at)
          FROM seen s
         WHERE b.node_id = s.node_id AND b.epoch = s.epoch
           AND (SELECT count(*) FROM boot) = (SELECT count(*) FROM seen)
        RETURNING b.node_id
      ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM written)`)}
      SELECT EXISTS (SELECT FROM written) AS written, ${writtenStreams}`,
  );
  return row?.written === true;
}

/** Makes the rows that boots do not have yet: of nodes that are asked for before their boot was prepared. */
async function begin(database: Database, marks: readonly SeenMarks[]): Promise<void> {
  const missing = marks.filter(({ boot }) => !boot.begun).map(({ boot }) => boot.nodeId);
  if (missing.length > 0) {
    await database.statement(
      'boot_begin',
      Prisma.sql`
        INSERT INTO boots (node_id, epoch)
        SELECT id, epoch FROM nodes, ${lockTimeout(milestoneLockMs)} WHERE id = ANY (${missing}::int[]) AND deleted_at IS NULL ORDER BY id
        ON CONFLICT DO NOTHING`,
    );
  }
}

const rowOf = ({ boot, agoMs, offered, firmware, fromAddress }: SeenMarks): object => ({
  node_id: boot.nodeId,
  epoch: boot.epoch,
  mode: boot.bootMode,
  try: boot.bootTry,
  mac: boot.mac,
  address: fromAddress ? boot.address : null,
  dhcp: agoMs.dhcp,
  kernel: agoMs.kernel,
  ramdisk: agoMs.ramdisk,
  loop: agoMs.loop,
  foreign_dhcp: agoMs.foreignDhcp,
  other_card: agoMs.otherCard,
  served: boot.servedMac,
  no_loader: agoMs.noLoader,
  firmware,
  offered,
  local_script: agoMs.localScript,
});

const ago = (column: string): Prisma.Sql =>
  Prisma.raw(`clock_timestamp() - s.${column} * interval '1 millisecond'`);
