import { Prisma } from '../generated/client.js';
import type { Instance, Node, Operation } from '../generated/client.js';

/** Columns of an operation, by the field that they are. */
const operationColumns = {
  id: 'id',
  kind: 'kind',
  plan: 'plan',
  instanceUuid: 'instance_uuid',
  nodeId: 'node_id',
  epoch: 'epoch',
  step: 'step',
  undoing: 'undoing',
  undoFrom: 'undo_from',
  state: 'state',
  awaiting: 'awaiting',
  awaitingKey: 'awaiting_key',
  begunAt: 'begun_at',
  stepAttempt: 'step_attempt',
  attempt: 'attempt',
  nodesTried: 'nodes_tried',
  filterProperties: 'filter_properties',
  cancelRequested: 'cancel_requested',
  deadlineAt: 'deadline_at',
  lastMilestone: 'last_milestone',
  requestId: 'request_id',
  projectId: 'project_id',
  userId: 'user_id',
  fault: 'fault',
  finishedAt: 'finished_at',
} as const satisfies Partial<Record<keyof Operation, string>>;

/** All of an instance that a turn reads: no ciphertexts, and nothing that only the writing of its disk needs. */
const instanceColumns = {
  id: 'id',
  uuid: 'uuid',
  userId: 'user_id',
  projectId: 'project_id',
  displayName: 'display_name',
  displayDescription: 'display_description',
  hostname: 'hostname',
  reservationId: 'reservation_id',
  imageRef: 'image_ref',
  kernelId: 'kernel_id',
  ramdiskId: 'ramdisk_id',
  image: 'image',
  flavor: 'flavor',
  memoryMb: 'memory_mb',
  vcpus: 'vcpus',
  rootGb: 'root_gb',
  ephemeralGb: 'ephemeral_gb',
  keyName: 'key_name',
  metadata: 'metadata',
  requestedNetworks: 'requested_networks',
  availabilityZone: 'availability_zone',
  forcedHost: 'forced_host',
  forcedNode: 'forced_node',
  vmState: 'vm_state',
  taskState: 'task_state',
  powerState: 'power_state',
  progress: 'progress',
  host: 'host',
  node: 'node',
  fault: 'fault',
  accessIpV4: 'access_ip_v4',
  accessIpV6: 'access_ip_v6',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  scheduledAt: 'scheduled_at',
  launchedAt: 'launched_at',
  firstSignAt: 'first_sign_at',
  terminatedAt: 'terminated_at',
  deletedAt: 'deleted_at',
} as const satisfies Partial<Record<keyof Instance, string>>;

/** Columns that a turn writes and never reads. */
const instanceSecrets = {
  userData: 'user_data',
  injectedFiles: 'injected_files',
  adminPass: 'admin_pass',
} as const satisfies Partial<Record<keyof Instance, string>>;

const nodeColumns = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  pmAddress: 'pm_address',
  quarantined: 'quarantined',
  quarantineReason: 'quarantine_reason',
  failures: 'failures',
  failedAt: 'failed_at',
  dataOf: 'data_of',
  lastUsedAt: 'last_used_at',
  instanceUuid: 'instance_uuid',
  instanceName: 'instance_name',
  epoch: 'epoch',
  taskState: 'task_state',
  operationId: 'operation_id',
  bootMode: 'boot_mode',
  touched: 'touched',
  fault: 'fault',
} as const satisfies Partial<Record<keyof Node, string>>;

/** An operation as a turn sees it. */
export type TurnOperation = Pick<Operation, keyof typeof operationColumns>;
/** The instance that an operation is for. */
export type TurnInstance = Pick<Instance, keyof typeof instanceColumns>;
/** The node that an operation works on. */
export type TurnNode = Pick<Node, keyof typeof nodeColumns>;

/** A column of JSON takes any object, null clears it. */
type Written<T> = { [K in keyof T]?: Prisma.JsonValue extends T[K] ? object | null : T[K] };

/** What a turn may write of each. */
export type InstanceChange = Written<TurnInstance & Pick<Instance, keyof typeof instanceSecrets>>;
export type OperationChange = Written<TurnOperation>;
export type NodeChange = Written<TurnNode>;

type Columns = Readonly<Record<string, string>>;

/** A row's fields in a list of columns: each by the row's name and the field's. */
const selected = (row: string, columns: Columns): Prisma.Sql =>
  Prisma.raw(
    Object.entries(columns)
      .map(([field, column]) => `${row}.${column} AS "${row}.${field}"`)
      .join(', '),
  );

/** `SET` of every column that may be written, from the row as it is with the changed fields over it. */
const assigned = (row: string, columns: Columns): Prisma.Sql => {
  const names = Object.values(columns).filter((name) => name !== 'id' && name !== 'uuid');
  return Prisma.raw(
    `(${names.join(', ')}) = (SELECT ${names.map((name) => `r.${name}`).join(', ')} FROM jsonb_populate_record(${row}, `,
  );
};

/** By column, as jsonb_populate_record takes it. */
const byColumn =
  (columns: Columns) =>
  (change: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(change).map(([field, value]) => {
        const column = columns[field];
        if (column === undefined) {
          throw new Error(`a turn cannot write ${field}`);
        }
        return [column, value];
      }),
    );

/** One row of a turn, in SQL and out of it. */
interface Table<T> {
  /** Its columns, for a list of columns. */
  readonly selected: Prisma.Sql;
  /** `SET` of its columns, but for the record with the changes and the two brackets that close it. */
  readonly assigned: Prisma.Sql;
  byColumn(change: object): Record<string, unknown>;
  /** The fields of the row in a result; undefined when it was not found. */
  picked(result: Readonly<Record<string, unknown>>): T | undefined;
}

function table(row: string, read: Columns, writtenAlone: Columns = {}): Table<unknown> {
  const all = { ...read, ...writtenAlone };
  const fields = Object.keys(read);
  return {
    selected: selected(row, read),
    assigned: assigned(row, all),
    byColumn: byColumn(all),
    picked: (result) =>
      result[`${row}.${String(fields[0])}`] === null
        ? undefined
        : Object.fromEntries(fields.map((field) => [field, result[`${row}.${field}`]])),
  };
}

export const operationTable = table('o', operationColumns) as Table<TurnOperation>;
export const instanceTable = table('i', instanceColumns, instanceSecrets) as Table<TurnInstance>;
export const nodeTable = table('n', nodeColumns) as Table<TurnNode>;
