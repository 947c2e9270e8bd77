import { statesUnderWay } from '@metalcast/domain';
import type { Boot, Deployment, PowerCommand } from '../../generated/client.js';
import { Prisma } from '../../sql/prisma.js';
import { columnOf } from '../../sql/patch.js';
import { prepared } from '../../sql/prepared.js';
import type { Queries } from '../../sql/queries.js';
import { among } from '../../sql/state-words.js';
import {
  instanceTable,
  nodeTable,
  operationTable,
  type TurnInstance,
  type TurnNode,
  type TurnOperation,
} from './columns.js';

/** Which operation: by its id, or the live one that works on a node or on an instance. */
export type TurnTarget =
  { readonly operation: string } | { readonly node: string } | { readonly instance: string };

/** The power command that the operation waits for. */
export type TurnPower = Pick<PowerCommand, 'state' | 'fault' | 'deadlineAt'>;

/** The ramdisk of the node's present epoch, and how far its disk is written. */
export interface TurnDeployment extends Pick<
  Deployment,
  'state' | 'fault' | 'deadlineAt' | 'disks'
> {
  /** When the writing last got on. */
  readonly progressAt: Date | null;
  readonly bytesDone: number;
  readonly total: number;
}

/** How far the network boot of the node has come in its present epoch. */
export type TurnBoot = Pick<
  Boot,
  | 'preparedMode'
  | 'prepareFault'
  | 'prepareFaultAt'
  | 'bootTry'
  | 'dhcpAt'
  | 'scriptAt'
  | 'kernelAt'
  | 'ramdiskAt'
  | 'loopAt'
  | 'otherCard'
  | 'servedCard'
  | 'noLoaderFor'
  | 'noLoaderAt'
  | 'foreignDhcpAt'
  | 'foreignAddress'
  | 'localDhcpAt'
  | 'phoneHomeAt'
>;

const bootFields = [
  'preparedMode',
  'prepareFault',
  'prepareFaultAt',
  'bootTry',
  'dhcpAt',
  'scriptAt',
  'kernelAt',
  'ramdiskAt',
  'loopAt',
  'otherCard',
  'servedCard',
  'noLoaderFor',
  'noLoaderAt',
  'foreignDhcpAt',
  'foreignAddress',
  'localDhcpAt',
  'phoneHomeAt',
] as const satisfies readonly (keyof TurnBoot)[];
const bootColumns = Prisma.raw(
  bootFields.map((field) => `b.${columnOf(field)} AS "b.${field}"`).join(', '),
);

/** An operation and the rows that it stands on. */
export interface TurnRows {
  /** The database's clock, read under the locks. */
  readonly now: Date;
  readonly operation: TurnOperation;
  readonly instance: TurnInstance | undefined;
  /** The node that the operation works on, or that its instance has. */
  readonly node: TurnNode | undefined;
  readonly power: TurnPower | undefined;
  readonly deployment: TurnDeployment | undefined;
  readonly boot: TurnBoot | undefined;
}

/**
 * Locks the operation, the instance that it is for and its node, in this order, until the transaction ends, and reads
 * them with the rows of other services that its steps wait for: one statement. Locked rows are read in their newest
 * version; other rows as of the statement's start, which suffices because each change of such a row wakes the operation
 * again. The instance's node is also found as of the statement's start, so the locked row is checked once more: the
 * node may belong to another server by then.
 */
export async function readTurn(sql: Queries, target: TurnTarget): Promise<TurnRows | undefined> {
  const [row] = await sql.$queryRaw<Record<string, unknown>[]>(statement(target));
  const operation = row === undefined ? undefined : operationTable.picked(row);
  if (row === undefined || operation === undefined) {
    return undefined;
  }
  return {
    now: row['now'] as Date,
    operation,
    instance: instanceTable.picked(row),
    node: nodeTable.picked(row),
    power: powerOf(row),
    deployment: deploymentOf(row),
    boot: bootOf(row),
  };
}

function statement(target: TurnTarget): Prisma.Sql {
  const { name, id } = wanted(target);
  return Prisma.sql`${prepared(name)}
    WITH o AS MATERIALIZED (SELECT ${operationTable.columns} FROM operations WHERE id = ${id} FOR UPDATE),
         i AS MATERIALIZED (
           SELECT ${instanceTable.columns} FROM instances WHERE uuid = (SELECT instance_uuid FROM o) FOR UPDATE),
         n AS MATERIALIZED (
           SELECT ${nodeTable.columns} FROM nodes
            WHERE id = coalesce(
                    (SELECT node_id FROM o WHERE (SELECT count(*) FROM i) >= 0),
                    (SELECT m.id FROM nodes m WHERE m.instance_uuid = (SELECT instance_uuid FROM o)))
              AND (id = (SELECT node_id FROM o) OR instance_uuid = (SELECT instance_uuid FROM o))
              FOR UPDATE)
    SELECT clock_timestamp() AS now, ${operationTable.selected}, ${instanceTable.selected}, ${nodeTable.selected},
           p.state AS "p.state", p.fault AS "p.fault", p.deadline_at AS "p.deadline_at",
           d.state AS "d.state", d.fault AS "d.fault", d.deadline_at AS "d.deadline_at", d.disks AS "d.disks",
           d.progress_at AS "d.progress_at", d.bytes_done::float8 AS "d.bytes_done", d.total::float8 AS "d.total",
           ${bootColumns}
      FROM o LEFT JOIN i ON true LEFT JOIN n ON true
      LEFT JOIN power_commands p ON p.key = o.awaiting_key
      LEFT JOIN deployments d ON d.node_id = n.id AND d.epoch = n.epoch
      LEFT JOIN boots b ON b.node_id = n.id AND b.epoch = n.epoch`;
}

function wanted(target: TurnTarget): { readonly name: string; readonly id: Prisma.Sql } {
  if ('operation' in target) {
    return { name: 'turn_of_operation', id: Prisma.sql`${target.operation}::uuid` };
  }
  if ('node' in target) {
    const id = Prisma.sql`(SELECT operation_id FROM nodes WHERE uuid = ${target.node}::uuid)`;
    return { name: 'turn_of_node', id };
  }
  const id = Prisma.sql`(SELECT id FROM operations
    WHERE instance_uuid = ${target.instance}::uuid AND state IN ${among(statesUnderWay)})`;
  return { name: 'turn_of_instance', id };
}

function powerOf(row: Readonly<Record<string, unknown>>): TurnPower | undefined {
  return row['p.state'] === null
    ? undefined
    : ({
        state: row['p.state'],
        fault: row['p.fault'],
        deadlineAt: row['p.deadline_at'],
      } as TurnPower);
}

function deploymentOf(row: Readonly<Record<string, unknown>>): TurnDeployment | undefined {
  return row['d.state'] === null
    ? undefined
    : ({
        state: row['d.state'],
        fault: row['d.fault'],
        deadlineAt: row['d.deadline_at'],
        disks: row['d.disks'],
        progressAt: row['d.progress_at'],
        bytesDone: row['d.bytes_done'],
        total: row['d.total'],
      } as TurnDeployment);
}

function bootOf(row: Readonly<Record<string, unknown>>): TurnBoot | undefined {
  return row['b.bootTry'] === null
    ? undefined
    : (Object.fromEntries(bootFields.map((field) => [field, row[`b.${field}`]])) as TurnBoot);
}
