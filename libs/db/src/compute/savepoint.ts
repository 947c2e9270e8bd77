import type { Queries } from '../sql/queries.js';

type Statement = Parameters<Queries['$executeRaw']>;

/**
 * Statements of one transaction, of which those after a mark can be rolled back alone. The savepoint costs a statement,
 * so it is set by the first `$executeRaw` after the mark. A `$queryRaw` sets none: it must not write.
 */
export class SavepointQueries implements Queries {
  private isSet = false;

  constructor(private readonly sql: Queries) {}

  /** From here on `rollBack` takes back what is written. */
  mark(): void {
    // A savepoint of the same name hides the one before; releasing that one would be one statement more.
    this.isSet = false;
  }

  async rollBack(): Promise<void> {
    if (this.isSet) {
      this.isSet = false;
      await this.sql.$executeRaw`ROLLBACK TO SAVEPOINT mark`;
    }
  }

  $queryRaw<T>(...statement: Statement): Promise<T> {
    return this.sql.$queryRaw<T>(...statement);
  }

  async $executeRaw(...statement: Statement): Promise<number> {
    if (!this.isSet) {
      this.isSet = true;
      await this.sql.$executeRaw`SAVEPOINT mark`;
    }
    return this.sql.$executeRaw(...statement);
  }
}
