/** The ids that were processed last; the oldest is dropped first (oslo.messaging keeps 16). */
export class SeenIds {
  readonly #ids = new Set<string>();

  constructor(private readonly capacity = 1_000) {}

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= this.capacity) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}
