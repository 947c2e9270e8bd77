import pg from 'pg';
import { vi } from 'vitest';

/** Read by the api every few seconds, whatever the request: the accounts of callers, the clock of the image sweep. */
const periodic =
  /"public"\."(users|projects|role_assignments)"|^SELECT clock_timestamp\(\) AS clock$/;

/**
 * The texts of all statements that this process sends to its databases during `work`, including those of transactions,
 * without the periodic ones.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .map((call: readonly unknown[]) => textOf(call[0]))
      .filter((text) => !periodic.test(text));
  } finally {
    query.mockRestore();
  }
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { readonly text: string }).text;
  return text.replaceAll(/\s+/g, ' ').trim();
}
