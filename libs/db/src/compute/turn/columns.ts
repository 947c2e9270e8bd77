import { Prisma } from '../../sql/prisma.js';
import type { Instance, Node, Operation } from '../../generated/client.js';
import { columnOf } from '../../sql/patch.js';

// What a turn may change of its rows: compute's grants of UPDATE follow these.

const operationChanges = [
  'nodeId',
  'epoch',
  'step',
  'undoing',
  'undoFrom',
  'state',
  'awaiting',
  'awaitingKey',
  'begunAt',
  'stepAttempt',
  'attempt',
  'nodesTried',
  'deadlineAt',
  'lastMilestone',
  'fault',
  'finishedAt',
] as const satisfies readonly (keyof Operation)[];

/** All of an operation that a turn reads. */
const operationFields = [
  'id',
  'kind',
  'plan',
  'instanceUuid',
  'filterProperties',
  'cancelRequested',
  'requestId',
  'projectId',
  'userId',
  'updatedAt',
  ...operationChanges,
] as const satisfies readonly (keyof Operation)[];

const instanceChanges = [
  'vmState',
  'taskState',
  'powerState',
  'host',
  'node',
  'fault',
  'launchedAt',
  'firstSignAt',
  'terminatedAt',
  'deletedAt',
] as const satisfies readonly (keyof Instance)[];

/** All of an instance that a turn reads: no ciphertexts, and nothing that only the writing of its disk needs. */
const instanceFields = [
  'id',
  'uuid',
  'userId',
  'projectId',
  'displayName',
  'displayDescription',
  'hostname',
  'reservationId',
  'imageRef',
  'kernelId',
  'ramdiskId',
  'image',
  'flavor',
  'memoryMb',
  'vcpus',
  'rootGb',
  'ephemeralGb',
  'keyName',
  'metadata',
  'requestedNetworks',
  'availabilityZone',
  'forcedHost',
  'forcedNode',
  'progress',
  'accessIpV4',
  'accessIpV6',
  'createdAt',
  'updatedAt',
  ...instanceChanges,
] as const satisfies readonly (keyof Instance)[];

const nodeChanges = [
  'quarantined',
  'quarantineReason',
  'failures',
  'failedAt',
  'lastUsedAt',
  'instanceUuid',
  'epoch',
  'taskState',
  'operationId',
  'bootMode',
  'touched',
  'fault',
] as const satisfies readonly (keyof Node)[];

/** All of a node that a turn reads. */
const nodeFields = [
  'id',
  'uuid',
  'name',
  'pmAddress',
  'dataOf',
  ...nodeChanges,
] as const satisfies readonly (keyof Node)[];

/** An operation as a turn sees it. */
export type TurnOperation = Pick<Operation, (typeof operationFields)[number]>;
/** The instance that an operation is for. */
export type TurnInstance = Pick<Instance, (typeof instanceFields)[number]>;
/** The node that an operation works on. */
export type TurnNode = Pick<Node, (typeof nodeFields)[number]>;

/** A column of JSON takes any object, null clears it. */
type Written<T> = { [K in keyof T]?: Prisma.JsonValue extends T[K] ? object | null : T[K] };

export type InstanceChange = Written<Pick<TurnInstance, (typeof instanceChanges)[number]>> & {
  /** The ciphertexts of what its user gave in confidence are cleared. No turn reads them. */
  readonly secrets?: null;
};
export type OperationChange = Written<Pick<TurnOperation, (typeof operationChanges)[number]>>;
export type NodeChange = Written<Pick<TurnNode, (typeof nodeChanges)[number]>>;

/** One row of a turn, in SQL and out of it. */
interface Table<T> {
  /** Its columns, to read the row by. */
  readonly columns: Prisma.Sql;
  /** The same of the row that was read, for the result. */
  readonly selected: Prisma.Sql;
  /** `SET` of the columns that a turn may change, to those that the record `change` names. */
  assigned(change: Prisma.Sql): Prisma.Sql;
  /** The fields of the row in a result; undefined when it was not found. */
  picked(result: Readonly<Record<string, unknown>>): T | undefined;
}

function table(
  [name, row]: readonly [name: string, row: string],
  read: readonly string[],
  changed: readonly string[],
): Table<unknown> {
  const set = changed.map(columnOf);
  const values = set.map(
    (column) => `CASE WHEN c.change ? '${column}' THEN r.${column} ELSE ${row}.${column} END`,
  );
  const ofRow = read.map((field) => `${row}.${columnOf(field)} AS "${row}.${field}"`);
  const assignment = Prisma.raw(`(${set.join(', ')}) = (SELECT ${values.join(', ')}`);
  const record = Prisma.raw(`jsonb_populate_record(NULL::${name}, c.change) r`);
  return {
    columns: Prisma.raw(read.map(columnOf).join(', ')),
    selected: Prisma.raw(ofRow.join(', ')),
    assigned: (change) =>
      Prisma.sql`${assignment} FROM (SELECT ${change}::jsonb AS change) c, ${record})`,
    picked: (result) =>
      result[`${row}.id`] === null
        ? undefined
        : Object.fromEntries(read.map((field) => [field, result[`${row}.${field}`]])),
  };
}

export const operationTable = table(
  ['operations', 'o'],
  operationFields,
  operationChanges,
) as Table<TurnOperation>;
export const instanceTable = table(
  ['instances', 'i'],
  instanceFields,
  instanceChanges,
) as Table<TurnInstance>;
export const nodeTable = table(['nodes', 'n'], nodeFields, nodeChanges) as Table<TurnNode>;
