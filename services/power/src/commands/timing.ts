/** The time limits of a power command. */
export interface CommandTiming {
  /** Time limit of one request to a BMC. */
  readonly requestMs: number;
  /** Time for a change to show before it is requested again. */
  readonly confirmMs: number;
  /** The same, for a shutdown by the operating system. */
  readonly softOffMs: number;
  /** Time between the two readings that make an `off` certain. */
  readonly offAgainMs: number;
  readonly leaseMs: number;
  readonly renewMs: number;
}
