/** What an operator records about a machine besides its sizes. Values may be nested. */
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
 * The properties that many nodes share, and that most filters read. Filters judge a kind once instead of each of its
 * nodes. Failures are part of the kind, so nodes with failures have a kind of their own.
 */
export interface HostKind {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly localGb: number;
  readonly cpuArch: string;
  /** Of its last start of a deploy ramdisk; null: not known. */
  readonly firmware: 'bios' | 'uefi' | null;
  readonly resourceClass: string | null;
  readonly traits: ReadonlySet<string>;
  readonly capabilities: Capabilities;
  readonly zone: string;
  readonly aggregates: readonly Aggregate[];
  /** Failed builds in a row on the node, and the time of the last one (ms since the epoch). */
  readonly failures: number;
  readonly failedAt: number | null;
}
