import { migrationStatus } from '@metalcast/db/migrate';
import { startDatabase } from '@metalcast/testing';
import { expect, test } from 'vitest';

test('a database comes with all migrations applied', async () => {
  const database = await startDatabase();
  try {
    expect(await migrationStatus(database.url)).toMatchObject({ pending: [] });
  } finally {
    await database.close();
  }
});
