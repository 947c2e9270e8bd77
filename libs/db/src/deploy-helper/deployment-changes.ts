// How a deployment changes: by one statement that names what its decision stood on.
import type { DeploymentEvent } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { deploymentMoved, deploymentStateAfter } from './deployment-states.js';
import {
  deploymentColumns,
  deploymentOfRow,
  type DeploymentOfNode,
  type DeploymentRow,
} from './deployments.js';
import type { Deployment } from '../generated/client.js';
import { hasPassed } from '../sql/has-passed.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { columnOf, patchJson } from '../sql/patch.js';

/** Columns that change while a deployment is under way, beside its state. */
const columns = [
  'attempt',
  'targetAttempt',
  'portal',
  'iqn',
  'lun',
  'zeroed',
  'helper',
  'bytesDone',
  'total',
  'verifyExtents',
  'verifySha256',
  'fault',
  'requestId',
] as const;

export type DeploymentPatch = Partial<Pick<Deployment, (typeof columns)[number]>>;

export interface DeploymentChange {
  /** Takes this edge from the state of the view; it stays in its state when absent. */
  readonly event?: DeploymentEvent | undefined;
  readonly set?: DeploymentPatch;
  /** From now by the database's clock; null: none; as it is when absent. */
  readonly deadlineMs?: number | null;
  readonly leaseMs?: number | null;
  /** A helper gets on with it. */
  readonly isProgress?: boolean;
  /** Servers whose data the node's disks hold from now on. */
  readonly dataOf?: readonly string[];
  /** Only if its deadline, or its lease of this length, has passed: the holder may have extended it meanwhile. */
  readonly onlyPast?: 'deadline' | { readonly leaseOfMs: number };
  /** Also when its node is in another epoch by now. */
  readonly anyEpoch?: boolean;
}

/**
 * Changes the row, and writes the messages of `tell` with it, if everything that decisions depend on (state, attempts,
 * boot, helper, the node's epoch and the data on its disks) is still as in `view`. Undefined: something differs, and
 * nothing was written.
 */
export async function changeDeployment(
  database: Database,
  view: DeploymentOfNode,
  change: DeploymentChange,
  tell: (out: Outgoing, changed: Deployment) => void = () => undefined,
): Promise<DeploymentOfNode | undefined> {
  const out = new Outgoing();
  const state = deploymentStateAfter(change.event, view.deployment.state);
  tell(out, { ...view.deployment, ...change.set, state });
  const [row] = await database.write<DeploymentRow>('change_deployment', out, () =>
    changeStatement(view, change, out),
  );
  if (row === undefined) {
    return undefined;
  }
  const node = { ...view.node, dataOf: [...(change.dataOf ?? view.node.dataOf)] };
  return { node, deployment: deploymentOfRow(row) };
}

const list = (prefix: string): Prisma.Sql =>
  Prisma.raw(columns.map((name) => prefix + columnOf(name)).join(', '));
const [setColumns, newValues] = [list(''), list('p.')];

/** READ COMMITTED judges a row anew that it had to wait for, so each condition holds of the row that is changed. */
function changeStatement(
  { node, deployment }: DeploymentOfNode,
  {
    event,
    set = {},
    deadlineMs,
    leaseMs,
    isProgress,
    dataOf,
    onlyPast,
    anyEpoch,
  }: DeploymentChange,
  out: Outgoing,
): Prisma.Sql {
  const { id, state, attempt, targetAttempt, bootTry, nonceHash, helper } = deployment;
  return Prisma.sql`
    WITH changed AS (
      UPDATE deployments d
         SET ${deploymentMoved(event, state)}, (${setColumns}) = (SELECT ${newValues} FROM jsonb_populate_record(d, ${patchJson(set)}::jsonb) p),
             deadline_at = ${moved('d.deadline_at', deadlineMs)}, lease_until = ${moved('d.lease_until', leaseMs)},
             progress_at = CASE WHEN ${isProgress === true} THEN clock_timestamp() ELSE d.progress_at END
        FROM nodes n
       WHERE d.id = ${id}::bigint AND n.id = d.node_id AND (n.epoch = d.epoch OR ${anyEpoch === true})
         AND d.state = ${state} AND d.attempt = ${attempt} AND d.target_attempt = ${targetAttempt}
         AND d.boot_try = ${bootTry} AND d.nonce_hash = ${nonceHash} AND d.helper IS NOT DISTINCT FROM ${helper}::text
         AND (NOT ${dataOf !== undefined} OR n.data_of = ${node.dataOf}::uuid[])
         AND CASE ${nameOf(onlyPast)}::text WHEN 'deadline' THEN d.deadline_at < clock_timestamp()
                  WHEN 'lease' THEN ${hasPassed('d.lease_until', leaseOf(onlyPast))} ELSE true END
      RETURNING d.*
    ), noted AS (
      UPDATE nodes SET data_of = ${dataOf ?? []}::uuid[] FROM changed
       WHERE nodes.id = changed.node_id AND ${dataOf !== undefined} AND nodes.data_of <> ${dataOf ?? []}::uuid[]
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM changed)`)}
    SELECT ${deploymentColumns}, ${writtenStreams} FROM changed d`;
}

type OnlyPast = DeploymentChange['onlyPast'];
const nameOf = (time: OnlyPast): string => (typeof time === 'object' ? 'lease' : (time ?? 'none'));
const leaseOf = (time: OnlyPast): number => (typeof time === 'object' ? time.leaseOfMs : 0);

const moved = (column: string, ms: number | null | undefined): Prisma.Sql => Prisma.sql`
  CASE WHEN ${ms === undefined} THEN ${Prisma.raw(column)}
       ELSE clock_timestamp() + ${ms ?? null}::float8 * interval '1 millisecond' END`;
