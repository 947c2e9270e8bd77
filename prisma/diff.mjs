// Prints, as SQL, what the migrations lack compared with schema.prisma. For developers. Needs a PostgreSQL server
// (DATABASE_URL), on which it creates and drops a scratch database.
//   node prisma/diff.mjs                  prints the SQL
//   node prisma/diff.mjs --new <name>     writes a new migration
//   node prisma/diff.mjs --rewrite-init   before the first release: regenerates the first migration above its guards
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { diffToSchema } from './schema-engine.mjs';
import { missingChecks } from './state-checks.mjs';

const folder = fileURLToPath(new URL('migrations', import.meta.url));
const guards = '-- Guards that Prisma has no words for.';

const scriptOf = (migration) => `${folder}/${migration}/migration.sql`;
const migrations = readdirSync(folder)
  .filter((name) => existsSync(scriptOf(name)))
  .sort();

const server = process.env['DATABASE_URL'];
if (server === undefined) {
  process.stderr.write(
    'DATABASE_URL must name a PostgreSQL server for the scratch database; docs/extending.md has a line that starts one.\n',
  );
  process.exit(2);
}

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The SQL from the state after the migrations in `applied` to schema.prisma. */
async function missingAfter(applied) {
  const name = `scratch_${randomUUID().replaceAll('-', '')}`;
  const scratch = new URL(server);
  scratch.pathname = `/${name}`;
  await query(server, `CREATE DATABASE ${name}`);
  try {
    for (const migration of applied) {
      await query(scratch.href, readFileSync(scriptOf(migration), 'utf8'));
    }
    const checks = applied.length === 0 ? '' : await missingChecks(scratch.href);
    return [await diffToSchema(scratch.href), checks]
      .filter((part) => part.trim() !== '')
      .join('\n');
  } finally {
    await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

const { values } = parseArgs({
  options: { new: { type: 'string' }, 'rewrite-init': { type: 'boolean' } },
});
if (values['rewrite-init'] === true) {
  const script = scriptOf(migrations[0]);
  const present = readFileSync(script, 'utf8');
  const byHand = present.slice(present.indexOf(guards));
  writeFileSync(script, `${(await missingAfter([])).trim()}\n\n${byHand}`);
} else {
  const sql = (await missingAfter(migrations)).trim();
  if (sql === '') {
    process.stderr.write('The migrations agree with schema.prisma.\n');
  } else if (values.new === undefined) {
    process.stdout.write(`${sql}\n`);
  } else {
    const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const name = `${stamp}_${values.new.replaceAll(/\W+/g, '_').toLowerCase()}`;
    mkdirSync(`${folder}/${name}`);
    writeFileSync(scriptOf(name), `${sql}\n`);
    process.stdout.write(`${scriptOf(name)}\n`);
  }
}
