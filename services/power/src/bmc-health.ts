/** After so many failures in a row a BMC counts as dead until it answers again. */
const suspectAfter = 3;

/** Remembers the failures of each BMC, so that commands do not wait for a dead one again and again. */
export class BmcHealth {
  private readonly failures = new Map<string, number>();
  /**
   * `Bmc.suites`. Kept only in this process: after a restart each BMC costs at most 3 s once more. A stored suite would
   * need a write for each BMC, and a way to learn that another process found it wrong.
   */
  readonly suites = new Map<string, number>();

  answered(address: string): void {
    this.failures.delete(address);
  }

  /** Returns the number of failures in a row. */
  failed(address: string): number {
    const count = (this.failures.get(address) ?? 0) + 1;
    this.failures.set(address, count);
    return count;
  }

  hasFailed(address: string): boolean {
    return this.failures.has(address);
  }

  /** Whether the BMC counts as dead. */
  isSuspect(address: string): boolean {
    return (this.failures.get(address) ?? 0) >= suspectAfter;
  }
}
