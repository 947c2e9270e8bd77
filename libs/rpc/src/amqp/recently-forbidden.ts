const forbiddenMs = 10_000;
/** Names that are remembered; what was forgotten is tried, and forbidden, once more. */
const mostNames = 1000;

/** What the broker's permissions have refused, by name, for a while: many messages may need the same. */
export class RecentlyForbidden {
  readonly #refusals = new Map<string, { readonly error: Error; readonly until: number }>();

  note(name: string, error: Error): void {
    // A caller's queue has a name of its own, so names have no end.
    if (this.#refusals.size >= mostNames) this.#refusals.clear();
    this.#refusals.set(name, { error, until: performance.now() + forbiddenMs });
  }

  /** The broker's refusal; undefined when there is none, or when it is too old to be trusted. */
  of(name: string): Error | undefined {
    const known = this.#refusals.get(name);
    return known !== undefined && performance.now() < known.until ? known.error : undefined;
  }

  get size(): number {
    return this.#refusals.size;
  }
}
