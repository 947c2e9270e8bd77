import { createHash } from 'node:crypto';
import { Prisma } from './prisma.js';

/**
 * Begins a statement that the server plans once per connection and not at each call: for those that cost more to plan
 * than to run. Its text must be the same at every call under this name.
 */
export const prepared = (name: string): Prisma.Sql => Prisma.raw(`/* prepared ${name} */`);

/** Each named statement costs the server memory in every connection, and a statement keeps its name. */
const namesMax = 100;
/** After so many calls a statement counts as recurring; a statement with a list of ids may never recur. */
const callsUntilNamed = 5;
const textsMax = 2000;

const planned = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/;

/**
 * Names statements that recur, so that the server plans each once per connection: planning a short statement costs more
 * than running it. '' means not prepared.
 */
export class PreparedNames {
  private readonly names = new Map<string, string>();
  private readonly calls = new Map<string, number>();

  nameOf(text: string): string {
    return this.names.get(text) ?? this.count(text);
  }

  private count(text: string): string {
    const chosen = /^\s*\/\* prepared (\w+) \*\//.exec(text)?.[1];
    if (chosen !== undefined) {
      return this.keep(text, chosen);
    }
    if (!planned.test(text) || this.names.size >= namesMax) {
      return '';
    }
    const calls = (this.calls.get(text) ?? 0) + 1;
    if (calls >= callsUntilNamed) {
      return this.keep(text, createHash('sha256').update(text).digest('hex').slice(0, 32));
    }
    this.remember(text, calls);
    return '';
  }

  private keep(text: string, name: string): string {
    this.names.set(text, name);
    this.calls.delete(text);
    return name;
  }

  /** Bounded: texts of users' searches differ without end. */
  private remember(text: string, calls: number): void {
    if (this.calls.size >= textsMax) {
      this.calls.clear();
    }
    this.calls.set(text, calls);
  }
}
