// The rows that a ramdisk's hello is checked against, and the changes that it makes.
import type { DeploymentEvent } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { deploymentMoved, deploymentStateAfter } from './deployment-states.js';
import {
  deploymentColumns,
  deploymentNodeColumns,
  deploymentOfNodeRow,
  deploymentOfRow,
  type DeploymentKey,
  type DeploymentNode,
  type DeploymentNodeRow,
  type DeploymentOfNode,
  type DeploymentRow,
} from './deployments.js';
import type { Boot, Deployment, Instance, Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { patchJson } from '../sql/patch.js';

type Disks = Pick<Node, 'rootDevice' | 'keepDisks'>;

/** The boot that was served to the node last. */
export type ServedBoot = Pick<Node, 'bootMode'> & Pick<Boot, 'bootTry' | 'tokenHash'>;

/** An address that DHCP gives, and the card that it gives it to. */
interface ServedPort {
  readonly address: string;
  readonly mac: string;
}

export interface HelloView {
  readonly node: DeploymentNode & Disks;
  readonly served: ServedBoot;
  /** Of the epoch that was asked for. */
  readonly before: Deployment | undefined;
  readonly instance: Pick<Instance, 'rootGb' | 'image'> | undefined;
  /** The server's ports that have an address. */
  readonly ports: readonly ServedPort[];
  /** Where the newest of the node's deployments that was written has its data; empty: there is none. */
  readonly lastExtents: string;
}

interface HelloRow extends DeploymentNodeRow, Disks, Omit<ServedBoot, 'bootTry'> {
  readonly servedTry: number;
  readonly nodeRowId: number;
  readonly instance: HelloView['instance'] | null;
  readonly ports: ServedPort[];
  readonly lastExtents: string | null;
}

type NoDeployment = Readonly<Record<keyof DeploymentRow, null>>;

/** All of it in one read; undefined: there is no such node. */
export async function readHello(
  database: Database,
  { node, epoch }: DeploymentKey,
): Promise<HelloView | undefined> {
  const [row] = await database.statement<HelloRow & (DeploymentRow | NoDeployment)>(
    'read_hello',
    Prisma.sql`
      SELECT ${deploymentColumns}, ${deploymentNodeColumns}, n.id AS "nodeRowId",
             n.boot_mode AS "bootMode", coalesce(b.boot_try, 0) AS "servedTry", b.token_hash AS "tokenHash",
             n.root_device AS "rootDevice", n.keep_disks AS "keepDisks",
             CASE WHEN i.uuid IS NOT NULL THEN jsonb_build_object('rootGb', i.root_gb, 'image', i.image) END AS instance,
             ARRAY(SELECT jsonb_build_object('address', p.ip_address, 'mac', p.mac_address) FROM ports p
                    WHERE p.device_id = n.instance_uuid::text AND p.ip_address IS NOT NULL) AS ports,
             (SELECT w.verify_extents FROM deployments w
               WHERE w.node_id = n.id AND w.verify_extents IS NOT NULL ORDER BY w.epoch DESC LIMIT 1) AS "lastExtents"
        FROM nodes n LEFT JOIN deployments d ON d.node_id = n.id AND d.epoch = ${epoch}
             LEFT JOIN boots b ON b.node_id = n.id AND b.epoch = n.epoch
             LEFT JOIN instances i ON i.uuid = n.instance_uuid
       WHERE n.uuid = ${node}::uuid AND n.deleted_at IS NULL`,
  );
  return row === undefined ? undefined : viewOf(row);
}

function viewOf(row: HelloRow & (DeploymentRow | NoDeployment)): HelloView {
  const { nodeRowId, rootDevice, keepDisks, bootMode, servedTry, tokenHash, ...found } = row;
  const { instance, ports, lastExtents, ...deploymentRow } = found;
  const { nodeUuid, nodeEpoch, nodeInstanceUuid, nodeDataOf } = deploymentRow;
  return {
    node: {
      ...{ id: nodeRowId, uuid: nodeUuid, epoch: nodeEpoch },
      ...{ instanceUuid: nodeInstanceUuid, dataOf: nodeDataOf, rootDevice, keepDisks },
    },
    served: { bootMode, bootTry: servedTry, tokenHash },
    before: isDeployment(deploymentRow) ? deploymentOfNodeRow(deploymentRow).deployment : undefined,
    instance: instance ?? undefined,
    ports,
    lastExtents: lastExtents ?? '',
  };
}

const isDeployment = (
  row: DeploymentNodeRow & (DeploymentRow | NoDeployment),
): row is DeploymentNodeRow & DeploymentRow => row.id !== null;

/** What a hello makes of its deployment. */
export type HelloPatch = Pick<Deployment, 'bootTry' | 'nonceHash' | 'inventory'> &
  Partial<
    Pick<
      Deployment,
      | 'disk'
      | 'diskBytes'
      | 'disks'
      | 'empties'
      | 'biosDrive'
      | 'probes'
      | 'attempt'
      | 'helper'
      | 'fault'
    >
  >;

export interface HelloChange {
  readonly set: HelloPatch;
  /**
   * Takes this edge, from the state in which deployments are made if there is none before; it stays in its state when
   * absent.
   */
  readonly event?: DeploymentEvent | undefined;
  /** From now by the database's clock; null: none; as it is when absent. */
  readonly deadlineMs?: number | null;
}

/**
 * Makes the deployment of the epoch, or changes the earlier one, and writes the messages of `tell` with it, if the
 * served boot and the earlier deployment are still as in `view`. Undefined: they differ, and nothing was written.
 * Locks: node, deployment, streams.
 */
export async function enterDeployment(
  database: Database,
  view: HelloView,
  change: HelloChange,
  tell: (out: Outgoing) => void,
): Promise<DeploymentOfNode | undefined> {
  const out = new Outgoing();
  tell(out);
  const { before } = view;
  const [row] =
    before === undefined
      ? await database.write<DeploymentRow>('make_deployment', out, () => making(view, change, out))
      : await database.write<DeploymentRow>('rejoin_deployment', out, () =>
          rejoining({ ...view, before }, change, out),
        );
  if (row === undefined) {
    return undefined;
  }
  return { node: view.node, deployment: deploymentOfRow(row) };
}

/** The node and its boot, locked, if that is the one that was looked at: no other is served before this ends. */
const servedNode = ({ node, served }: HelloView): Prisma.Sql => Prisma.sql`
  served AS MATERIALIZED (
    SELECT n.id FROM nodes n JOIN boots b ON b.node_id = n.id AND b.epoch = n.epoch
     WHERE n.id = ${node.id} AND n.epoch = ${node.epoch} AND n.deleted_at IS NULL AND n.boot_mode = ${served.bootMode}
       AND b.boot_try = ${served.bootTry} AND b.token_hash IS NOT DISTINCT FROM ${served.tokenHash}::text
       AND n.instance_uuid IS NOT DISTINCT FROM ${node.instanceUuid}::uuid
       FOR NO KEY UPDATE OF n, b
  )`;

const making = (
  view: HelloView,
  { set, event }: HelloChange,
  out: Outgoing,
): Prisma.Sql => Prisma.sql`
  WITH ${servedNode(view)}, changed AS (
    INSERT INTO deployments (node_id, epoch, instance_uuid, boot_try, nonce_hash, inventory,
                             disk, disk_bytes, disks, empties, bios_drive, probes, state, fault)
    SELECT served.id, ${view.node.epoch}::int, ${view.node.instanceUuid}::uuid, p.boot_try, p.nonce_hash,
           p.inventory, p.disk, p.disk_bytes, p.disks, p.empties, p.bios_drive, p.probes, ${deploymentStateAfter(event)}::text, p.fault
      FROM served, jsonb_populate_record(NULL::deployments, ${patchJson(set)}::jsonb) p
    ON CONFLICT (node_id, epoch) DO NOTHING
    RETURNING *
  ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM changed)`)}
  SELECT ${deploymentColumns}, ${writtenStreams} FROM changed d`;

function rejoining(
  view: HelloView & { readonly before: Deployment },
  { set, event, deadlineMs }: HelloChange,
  out: Outgoing,
): Prisma.Sql {
  const { id, state, attempt, bootTry, nonceHash } = view.before;
  return Prisma.sql`
    WITH ${servedNode(view)}, changed AS (
      UPDATE deployments d
         SET ${deploymentMoved(event, state)},
             (boot_try, nonce_hash, inventory, disk, disk_bytes, disks, empties, bios_drive, attempt, helper, fault)
           = (SELECT p.boot_try, p.nonce_hash, p.inventory, p.disk, p.disk_bytes, p.disks, p.empties, p.bios_drive,
                     p.attempt, p.helper, p.fault
                FROM jsonb_populate_record(d, ${patchJson(set)}::jsonb) p),
             lease_until = CASE WHEN ${set.helper === null} THEN NULL ELSE d.lease_until END,
             deadline_at = CASE WHEN ${deadlineMs === undefined} THEN d.deadline_at
                                ELSE clock_timestamp() + ${deadlineMs ?? null}::float8 * interval '1 millisecond' END
        FROM served
       WHERE d.node_id = served.id AND d.id = ${id}::bigint AND d.state = ${state} AND d.attempt = ${attempt}
         AND d.boot_try = ${bootTry} AND d.nonce_hash = ${nonceHash}
      RETURNING d.*
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM changed)`)}
    SELECT ${deploymentColumns}, ${writtenStreams} FROM changed d`;
}
