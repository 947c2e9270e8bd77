/** The health of one thing, in the form that Nest's Terminus has for it. */
export interface Indicated {
  readonly status: 'up' | 'down';
}

/** Up when it is true; down when it is false or throws. */
export type Indicator = () => boolean | Promise<boolean>;

/** The answer of a slow indicator. `at`: when it was answered, in monotonic time. */
interface Asked {
  at: number;
  readonly isUp: Promise<boolean>;
}

/** Indicators by name. The answers of those that ask others are remembered for a short time. */
export class Indicators {
  private readonly indicators = new Map<string, Indicator>();
  private readonly asked = new Map<string, Asked>();

  constructor(private readonly memoryMs: number) {}

  add(name: string, indicator: Indicator): void {
    this.indicators.set(name, indicator);
    this.changed();
  }

  /** Remembered answers may be wrong now. */
  changed(): void {
    this.asked.clear();
  }

  /** Never rejects. */
  async ask(): Promise<[name: string, Indicated][]> {
    return Promise.all(
      [...this.indicators].map(async ([name, indicator]): Promise<[string, Indicated]> => [
        name,
        { status: (await this.isUp(name, indicator)) ? 'up' : 'down' },
      ]),
    );
  }

  /** Never rejects. An answer without a query is not remembered, because it costs nothing. */
  private isUp(name: string, indicator: Indicator): boolean | Promise<boolean> {
    const asked = this.asked.get(name);
    if (asked !== undefined && performance.now() < asked.at + this.memoryMs) {
      return asked.isUp;
    }
    try {
      const answer = indicator();
      return typeof answer === 'boolean' ? answer : this.remember(name, answer);
    } catch {
      return false;
    }
  }

  /** All requests share one query at a time, and its answer for a short time after. */
  private remember(name: string, answer: Promise<boolean>): Promise<boolean> {
    const isUp = answer
      .catch(() => false)
      .finally(() => {
        question.at = performance.now();
      });
    const question: Asked = { at: Infinity, isUp };
    this.asked.set(name, question);
    return isUp;
  }
}
