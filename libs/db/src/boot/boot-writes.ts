// What boot writes of one node's boot at once, each in one statement with its messages. The node's row is share-locked,
// so its epoch and mode are as named until the commit; a statement whose guard fails writes nothing.
import { addressOfCard, type ProvisioningSite } from './provisioning.js';
import { bootOfCard, bootOfRow, type BootRow, type NodeBoot } from './boots.js';
import type { Database } from '../database/database.js';
import { lockTimeout } from '../sql/lock-timeout.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';

export interface BootWrite {
  /** As it was last read; of a row that has changed since, nothing is written. */
  readonly boot: NodeBoot;
  /** Messages that commit with the change. */
  readonly tell?: (out: Outgoing) => void;
}

/** How a write ended, and how the boot was just before: to decide anew from, where nothing was written. */
export interface BootWritten {
  readonly written: boolean;
  /** Undefined: the MAC is no node's (any more). */
  readonly before: NodeBoot | undefined;
}

/** Counts a deploy script: `boot_try + 1`, the token of the try before void, its milestones past. */
export async function countDeployScript(
  database: Database,
  site: ProvisioningSite,
  { boot, tell, dhcpAgoMs }: BootWrite & { readonly dhcpAgoMs: number | undefined },
): Promise<BootWritten> {
  const out = outgoing(tell);
  const asked = performance.now();
  const [row] = await database.write<WrittenRow>(
    'boot_script',
    out,
    () => Prisma.sql`
      WITH node AS MATERIALIZED (${deployingNode(site, boot)} FOR SHARE OF n),
      written AS (
        INSERT INTO boots (node_id, epoch, boot_try, script_at, dhcp_at)
        SELECT id, epoch, ${boot.bootTry + 1}, clock_timestamp(), ${timeAgo(dhcpAgoMs)} FROM node
        ON CONFLICT (node_id, epoch) DO UPDATE
          SET boot_try = excluded.boot_try, script_at = excluded.script_at, token_hash = NULL,
              dhcp_at = coalesce(excluded.dhcp_at, boots.dhcp_at), kernel_at = NULL, ramdisk_at = NULL, loop_at = NULL,
              foreign_dhcp_at = NULL, foreign_address = NULL, other_card_at = NULL, other_card = NULL, served_card = NULL,
              no_loader_at = NULL, no_loader_for = NULL, local_script_at = NULL, local_dhcp_at = NULL, phone_home_at = NULL
        WHERE boots.boot_try = excluded.boot_try - 1
        RETURNING node_id
      ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM written)`)}
      ${writtenAndBefore(site, boot.mac, writtenStreams)}`,
  );
  return concluded(row, asked);
}

/** Stores the hash of a new token for the try under way. */
export async function storeTokenHash(
  database: Database,
  site: ProvisioningSite,
  { boot, hash }: Pick<BootWrite, 'boot'> & { readonly hash: string },
): Promise<BootWritten> {
  const asked = performance.now();
  const [row] = await database.statement<WrittenRow>(
    'boot_token',
    Prisma.sql`
      WITH node AS MATERIALIZED (${deployingNode(site, boot)} FOR SHARE OF n),
      written AS (
        UPDATE boots SET token_hash = ${hash} FROM node
         WHERE boots.node_id = node.id AND boots.epoch = node.epoch AND boots.boot_try = ${boot.bootTry} AND boots.boot_try > 0
        RETURNING node_id
      ) ${writtenAndBefore(site, boot.mac)}`,
  );
  return concluded(row, asked);
}

/** Records how a preparation ended; false when the node's epoch or boot mode is not what was prepared. */
export async function recordPrepared(
  database: Database,
  {
    boot: { nodeId, epoch, bootMode },
    fault,
    tell,
  }: {
    readonly boot: Pick<NodeBoot, 'nodeId' | 'epoch' | 'bootMode'>;
    /** Undefined: it is prepared. */
    readonly fault: object | undefined;
    readonly tell: (out: Outgoing) => void;
  },
): Promise<boolean> {
  const out = outgoing(tell);
  const failed = fault === undefined ? null : JSON.stringify(fault);
  const [row] = await database.write<{ written: boolean }>(
    'boot_prepared',
    out,
    () => Prisma.sql`
      WITH node AS MATERIALIZED (
        SELECT id, epoch, boot_mode, ${failed}::jsonb AS fault, clock_timestamp() AS now FROM nodes
         WHERE id = ${nodeId} AND epoch = ${epoch} AND boot_mode = ${bootMode} AND deleted_at IS NULL FOR SHARE
      ), written AS (
        INSERT INTO boots (node_id, epoch, prepared_mode, prepared_at, prepare_fault, prepare_fault_at)
        SELECT id, epoch, CASE WHEN fault IS NULL THEN boot_mode END, CASE WHEN fault IS NULL THEN now END,
               fault, CASE WHEN fault IS NOT NULL THEN now END FROM node
        ON CONFLICT (node_id, epoch) DO UPDATE
          SET prepared_mode = excluded.prepared_mode, prepared_at = excluded.prepared_at,
              prepare_fault = excluded.prepare_fault, prepare_fault_at = excluded.prepare_fault_at
        RETURNING node_id
      ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM written)`)}
      SELECT EXISTS (SELECT FROM written) AS written, ${writtenStreams}`,
  );
  return row?.written === true;
}

/**
 * A DHCP request does not wait long for a locked node, because other nodes' requests wait behind it. Firmware repeats a
 * request that got no answer.
 */
const dhcpLockMs = 1000;

/**
 * Records a sign of life of the installed system, once in each try, and with it the server's first one, unless it has
 * given one before: `tell` announces both, so it must know (`boot.signed`). Locks, in this order: instance, node.
 */
export async function recordSignOfLife(
  database: Database,
  site: ProvisioningSite,
  { boot, sign, tell }: BootWrite & { readonly sign: 'localDhcp' | 'phoneHome' },
): Promise<BootWritten> {
  const out = outgoing(tell);
  const first = boot.instanceUuid !== null && !boot.signed;
  const [byDhcp, byPhone] = [sign === 'localDhcp', sign === 'phoneHome'];
  const asked = performance.now();
  const [row] = await database.write<WrittenRow>(
    'boot_sign_of_life',
    out,
    () => Prisma.sql`
      WITH news AS MATERIALIZED (
        SELECT n.id FROM ${lockTimeout(byDhcp ? dhcpLockMs : 0)}, nodes n LEFT JOIN boots b ON b.node_id = n.id AND b.epoch = n.epoch
         WHERE n.id = ${boot.nodeId} AND n.epoch = ${boot.epoch} AND n.boot_mode = 'local'
           AND (CASE WHEN ${byDhcp} THEN b.local_dhcp_at ELSE b.phone_home_at END) IS NULL
      ), unsigned AS MATERIALIZED (
        SELECT uuid FROM instances
         WHERE ${first} AND uuid = ${boot.instanceUuid}::uuid AND first_sign_at IS NULL AND EXISTS (SELECT FROM news) FOR UPDATE
      ), node AS MATERIALIZED (
        SELECT id, epoch, clock_timestamp() AS now FROM nodes
         WHERE id = ${boot.nodeId} AND epoch = ${boot.epoch} AND boot_mode = 'local' AND deleted_at IS NULL
           AND instance_uuid IS NOT DISTINCT FROM ${boot.instanceUuid}::uuid
           AND EXISTS (SELECT FROM news) AND (NOT ${first} OR EXISTS (SELECT FROM unsigned)) FOR SHARE
      ), written AS (
        INSERT INTO boots (node_id, epoch, local_dhcp_at, phone_home_at, first_sign_at)
        SELECT id, epoch, CASE WHEN ${byDhcp} THEN now END, CASE WHEN ${byPhone} THEN now END, CASE WHEN ${first} THEN now END
          FROM node
        ON CONFLICT (node_id, epoch) DO UPDATE
          SET local_dhcp_at = coalesce(boots.local_dhcp_at, excluded.local_dhcp_at),
              phone_home_at = coalesce(boots.phone_home_at, excluded.phone_home_at),
              first_sign_at = coalesce(boots.first_sign_at, excluded.first_sign_at)
        WHERE (CASE WHEN ${byDhcp} THEN boots.local_dhcp_at ELSE boots.phone_home_at END) IS NULL
        RETURNING node_id
      ), signed AS (
        UPDATE instances SET first_sign_at = node.now FROM node, unsigned, written WHERE instances.uuid = unsigned.uuid
      ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM written)`)}
      ${writtenAndBefore(site, boot.mac, writtenStreams)}`,
  );
  return concluded(row, asked);
}

type WrittenRow = { readonly written: boolean } & (BootRow | { readonly mac: null });

function outgoing(tell?: BootWrite['tell']): Outgoing {
  const out = new Outgoing();
  tell?.(out);
  return out;
}

/** The node as it was read, while it deploys and DHCP gives this card the same address. */
const deployingNode = (
  site: ProvisioningSite,
  { nodeId, epoch, mac, address }: NodeBoot,
): Prisma.Sql => Prisma.sql`
  SELECT n.id, n.epoch FROM nodes n JOIN interfaces i ON i.node_id = n.id
   WHERE n.id = ${nodeId} AND n.epoch = ${epoch} AND n.boot_mode = 'deploy' AND n.deleted_at IS NULL
     AND i.address = ${mac} AND ${addressOfCard(site)} = ${address}`;

const timeAgo = (ms: number | undefined): Prisma.Sql =>
  Prisma.sql`clock_timestamp() - ${ms ?? null}::float8 * interval '1 millisecond'`;

const writtenAndBefore = (
  site: ProvisioningSite,
  mac: string,
  streams = Prisma.sql`NULL AS streams`,
): Prisma.Sql => Prisma.sql`
  SELECT result.written, ${streams}, before.*
    FROM (SELECT EXISTS (SELECT FROM written) AS written) result LEFT JOIN (${bootOfCard(site, mac)}) before ON true`;

const concluded = (row: WrittenRow | undefined, asked: number): BootWritten => ({
  written: row?.written === true,
  before: row !== undefined && row.mac !== null ? bootOfRow(row, asked) : undefined,
});
