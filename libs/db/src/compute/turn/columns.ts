import { Prisma } from '../../sql/prisma.js';
import type { Instance, Node, Operation } from '../../generated/client.js';
import { columnOf } from '../../sql/patch.js';

/** All of an operation that a turn reads. */
const operationFields = [
  'id',
  'kind',
  'plan',
  'instanceUuid',
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
  'filterProperties',
  'cancelRequested',
  'deadlineAt',
  'lastMilestone',
  'requestId',
  'projectId',
  'userId',
  'fault',
  'finishedAt',
] as const satisfies readonly (keyof Operation)[];

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
  'vmState',
  'taskState',
  'powerState',
  'progress',
  'host',
  'node',
  'fault',
  'accessIpV4',
  'accessIpV6',
  'createdAt',
  'updatedAt',
  'launchedAt',
  'firstSignAt',
  'terminatedAt',
  'deletedAt',
] as const satisfies readonly (keyof Instance)[];

/** Columns that a turn writes and never reads. */
const instanceSecrets = [
  'userData',
  'injectedFiles',
  'adminPass',
] as const satisfies readonly (keyof Instance)[];

const nodeFields = [
  'id',
  'uuid',
  'name',
  'pmAddress',
  'quarantined',
  'quarantineReason',
  'failures',
  'failedAt',
  'dataOf',
  'lastUsedAt',
  'instanceUuid',
  'epoch',
  'taskState',
  'operationId',
  'bootMode',
  'touched',
  'fault',
] as const satisfies readonly (keyof Node)[];

/** An operation as a turn sees it. */
export type TurnOperation = Pick<Operation, (typeof operationFields)[number]>;
/** The instance that an operation is for. */
export type TurnInstance = Pick<Instance, (typeof instanceFields)[number]>;
/** The node that an operation works on. */
export type TurnNode = Pick<Node, (typeof nodeFields)[number]>;

/** A column of JSON takes any object, null clears it. */
type Written<T> = { [K in keyof T]?: Prisma.JsonValue extends T[K] ? object | null : T[K] };

/** What a turn may write of each. */
export type InstanceChange = Written<
  TurnInstance & Pick<Instance, (typeof instanceSecrets)[number]>
>;
export type OperationChange = Written<TurnOperation>;
export type NodeChange = Written<TurnNode>;

/** One row of a turn, in SQL and out of it. */
interface Table<T> {
  /** Its columns, for a list of columns. */
  readonly selected: Prisma.Sql;
  /**
   * `SET` of its columns, from the row as it is with a record of changes over it: but for that record and the two
   * brackets that close it.
   */
  readonly assigned: Prisma.Sql;
  /** The fields of the row in a result; undefined when it was not found. */
  picked(result: Readonly<Record<string, unknown>>): T | undefined;
}

function table(
  row: string,
  read: readonly string[],
  writtenAlone: readonly string[] = [],
): Table<unknown> {
  const columns = [...read, ...writtenAlone]
    .map(columnOf)
    .filter((name) => name !== 'id' && name !== 'uuid');
  const ofRow = read.map((field) => `${row}.${columnOf(field)} AS "${row}.${field}"`);
  return {
    selected: Prisma.raw(ofRow.join(', ')),
    assigned: Prisma.raw(
      `(${columns.join(', ')}) = (SELECT ${columns.map((name) => `r.${name}`).join(', ')} FROM jsonb_populate_record(${row}, `,
    ),
    picked: (result) =>
      result[`${row}.id`] === null
        ? undefined
        : Object.fromEntries(read.map((field) => [field, result[`${row}.${field}`]])),
  };
}

export const operationTable = table('o', operationFields) as Table<TurnOperation>;
export const instanceTable = table('i', instanceFields, instanceSecrets) as Table<TurnInstance>;
export const nodeTable = table('n', nodeFields) as Table<TurnNode>;
