/** The least and the greatest value seen, to bring a weigher's scale to 0…1. */
export class Range {
  private least = Infinity;
  private most = -Infinity;

  add(value: number): void {
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
  }

  /** 0 for the least and 1 for the greatest; 0 when all are equal, or some are beyond all measure. */
  normalise(value: number): number {
    const share = this.most > this.least ? (value - this.least) / (this.most - this.least) : 0;
    return Number.isFinite(share) ? share : 0;
  }
}
