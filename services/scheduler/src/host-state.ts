/** What filters and weighers know of a node; Nova's HostState, one per node. No I/O behind it. */
export interface HostState {
  readonly id: number;
  readonly uuid: string;
  readonly name: string | null;
  /** The compute host that the node was enrolled under, if any. */
  readonly host: string | null;
  /** Whether a compute service can take the node's operations, and if not why. */
  readonly computeProblem: string | undefined;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly localGb: number;
  readonly cpuArch: string;
  readonly availabilityZone: string | null;
  readonly instanceUuid: string | null;
  readonly taskState: string | null;
  readonly maintenance: boolean;
  readonly maintenanceReason: string | null;
  readonly interfaces: number;
}

/** How people call the node. */
export const label = ({ name, uuid }: Pick<HostState, 'name' | 'uuid'>): string => name ?? uuid;
