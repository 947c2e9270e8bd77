interface Kept<T> {
  readonly answer: Promise<T>;
  /** Time of the request, by performance.now(). */
  readonly at: number;
}

/**
 * Remembers answers to frequent questions: each question is asked at most once in `keepMs`. Failures are not
 * remembered.
 */
export class RecentAnswers<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly keepMs: number,
    private readonly ask: (question: string) => Promise<T>,
  ) {}

  of(question: string): Promise<T> {
    const now = performance.now();
    const known = this.kept.get(question);
    if (known !== undefined && now - known.at < this.keepMs) {
      return known.answer;
    }
    this.dropOld(now);
    const answer = this.ask(question);
    const kept = { answer, at: now };
    this.kept.set(question, kept);
    answer.catch(() => {
      if (this.kept.get(question) === kept) {
        this.kept.delete(question);
      }
    });
    return answer;
  }

  forget(question: string): void {
    this.kept.delete(question);
  }

  private dropOld(now: number): void {
    for (const [question, { at }] of this.kept) {
      if (now - at >= this.keepMs) {
        this.kept.delete(question);
      }
    }
  }
}
