/** Adds the rows that were removed, by table; a table that lost none is not named. */
export function sum(total: Map<string, number>, removed: Readonly<Record<string, number>>): void {
  for (const [table, rows] of Object.entries(removed)) {
    if (rows > 0) {
      total.set(table, (total.get(table) ?? 0) + rows);
    }
  }
}
