/** How long a power command waits for what. */
export interface CommandTiming {
  /** Longest request to a BMC. */
  readonly requestMs: number;
  /** How long a change may take to show before it is asked for again. */
  readonly confirmMs: number;
  /** The same for a shutdown by the operating system. */
  readonly softOffMs: number;
  /** Between the two readings that make an `off` certain. */
  readonly offAgainMs: number;
  readonly leaseMs: number;
  readonly renewMs: number;
}
