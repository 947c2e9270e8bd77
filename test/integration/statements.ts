import pg from 'pg';
import { vi } from 'vitest';

/** The api reads the caller's account every few seconds, whatever the request. */
const ofCaller = /"public"\."(users|projects|role_assignments)"/;

/**
 * The texts of all statements that this process sends to its databases during `work`, including those of transactions,
 * without the reads of the caller's account.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .map((call: readonly unknown[]) => textOf(call[0]))
      .filter((text) => !ofCaller.test(text));
  } finally {
    query.mockRestore();
  }
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { readonly text: string }).text;
  return text.replaceAll(/\s+/g, ' ').trim();
}
