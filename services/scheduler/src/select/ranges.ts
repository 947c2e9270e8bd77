/** The smallest and largest value seen, to normalise a weigher's values to 0…1. */
export class Range {
  private least = Infinity;
  private most = -Infinity;

  add(value: number): void {
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
  }

  /** 0 for the smallest value, 1 for the largest. 0 for all when they are equal or when the range is not finite. */
  normalise(value: number): number {
    const share = this.most > this.least ? (value - this.least) / (this.most - this.least) : 0;
    return Number.isFinite(share) ? share : 0;
  }
}
