/** After so many failures in a row a BMC counts as dead until it answers once. */
const suspectAfter = 3;

/** What this process has met of each BMC, so that a dead one is not waited for again and again. */
export class BmcHealth {
  private readonly failures = new Map<string, number>();
  /**
   * `Bmc.suites`. Of this process: after a start each costs 3 s again at most, while a row would be written once more for
   * each BMC, and would have to be told of one that another process found to be wrong.
   */
  readonly suites = new Map<string, number>();

  answered(address: string): void {
    this.failures.delete(address);
  }

  /** Tells how many times in a row it has failed now. */
  failed(address: string): number {
    const count = (this.failures.get(address) ?? 0) + 1;
    this.failures.set(address, count);
    return count;
  }

  hasFailed(address: string): boolean {
    return this.failures.has(address);
  }

  /** Whether it counts as dead. */
  isSuspect(address: string): boolean {
    return (this.failures.get(address) ?? 0) >= suspectAfter;
  }
}
