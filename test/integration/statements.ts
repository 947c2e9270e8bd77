import pg from 'pg';
import { vi } from 'vitest';

/** The texts of all statements that this process sends to its databases while `work` is done, transactions' own among them. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map((call: readonly unknown[]) => textOf(call[0]));
  } finally {
    query.mockRestore();
  }
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { readonly text: string }).text;
  return text.replaceAll(/\s+/g, ' ').trim();
}
