/** What an operator says of a machine beside its sizes; may be nested. */
export interface Capabilities {
  readonly [name: string]: string | number | boolean | Capabilities;
}

/** A set of nodes with metadata (Nova's host aggregate). */
export interface Aggregate {
  readonly id: number;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Compute hosts and uuids of nodes. */
  readonly members: ReadonlySet<string>;
}

/**
 * What many nodes have in common: all that most filters read of a node. They judge a kind once, not each of its
 * nodes. Nodes with failures are of a kind of their own, so that it can tell of them.
 */
export interface HostKind {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly localGb: number;
  readonly cpuArch: string;
  readonly resourceClass: string | null;
  readonly traits: ReadonlySet<string>;
  readonly capabilities: Capabilities;
  readonly zone: string;
  readonly aggregates: readonly Aggregate[];
  /** Builds that failed on the node in a row, and when the last one did (ms of the epoch). */
  readonly failures: number;
  readonly failedAt: number | null;
}
