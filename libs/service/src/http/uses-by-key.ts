interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

/** Counts uses by key, for example by address or user. */
export class UsesByKey {
  private readonly held = new Map<string, number>();

  /** False when the key has `most` already. The use ends when `until` closes. */
  take(key: string, most: number, until: Closing): boolean {
    const held = this.held.get(key) ?? 0;
    if (held >= most) {
      return false;
    }
    this.held.set(key, held + 1);
    until.once('close', () => {
      const left = (this.held.get(key) ?? 0) - 1;
      if (left > 0) {
        this.held.set(key, left);
      } else {
        this.held.delete(key);
      }
    });
    return true;
  }
}
