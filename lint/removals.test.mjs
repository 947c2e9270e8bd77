import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lastFree, unpermitted } from './removals.mjs';

const root = new URL('..', import.meta.url);
const scriptOf = (name) => new URL(`prisma/migrations/${name}/migration.sql`, root);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const migrations = readdirSync(new URL('prisma/migrations', root))
  .filter((name) => existsSync(scriptOf(name)))
  .sort();

test('no migration takes away what the release before may use', () => {
  expect(migrations).toContain(lastFree);
  const bound = migrations.filter((name) => name > lastFree);
  const found = bound.map((name) => [
    name,
    unpermitted(readFileSync(scriptOf(name), 'utf8'), version),
  ]);
  expect(found).toEqual(bound.map((name) => [name, []]));
});

test.each([
  'DROP TABLE "inbox";',
  'ALTER TABLE "outbox" DROP COLUMN "headers";',
  'ALTER TABLE "outbox" DROP "headers";',
  'ALTER TABLE "outbox" ADD COLUMN "a" TEXT,\nDROP COLUMN "headers";',
  'ALTER TABLE "outbox" DROP CONSTRAINT "a", DROP COLUMN "headers";',
  'ALTER TABLE "outbox" RENAME TO "out";',
  'ALTER TABLE "outbox" RENAME COLUMN "body" TO "text";',
  '-- unused since 1.2.0\nDROP TABLE "inbox";',
  '-- unused since 1.10.0\nDROP TABLE "inbox";',
  '-- unused since long\nDROP TABLE "inbox";',
  '-- unused since 1.1.0\nDROP TABLE "inbox";\n\n-- DropTable\nDROP TABLE "outbox";',
])('not in 1.2.0: %s', (sql) => {
  expect(unpermitted(sql, '1.2.0')).toHaveLength(1);
});

test.each([
  '-- DropTable\n-- unused since 1.1.3\nDROP TABLE "inbox";',
  '-- unused since 0.9.0\nALTER TABLE "outbox" DROP COLUMN "headers";',
  'DROP INDEX "events_time_idx";',
  'ALTER INDEX "one" RENAME TO "other";',
  'ALTER TABLE "outbox" DROP CONSTRAINT "one", RENAME CONSTRAINT "other" TO "two";',
  'ALTER TABLE "outbox" ALTER COLUMN "body" DROP NOT NULL, ALTER COLUMN "body" DROP DEFAULT;',
  '-- No DROP TABLE is needed.\nALTER TABLE "outbox" ADD COLUMN "a" TEXT;',
  'ALTER TABLE "outbox" ADD COLUMN "a" TEXT;\nDROP TRIGGER "a" ON "outbox";',
])('in 1.2.0: %s', (sql) => {
  expect(unpermitted(sql, '1.2.0')).toEqual([]);
});
