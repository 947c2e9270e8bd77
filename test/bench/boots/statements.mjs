// What PostgreSQL did, by service: each logs in as itself, and pg_stat_statements counts its users apart.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { loginRole } from '@metalcast/db/grants';
import { postgresBinaries, unprivilegedAccount } from '@metalcast/rig';
import { serviceNames } from '@metalcast/domain';
import pg from 'pg';

const roleOf = (service) => loginRole('metalcast', service);

/** Restarts the database with pg_stat_statements. */
export async function countStatements(database, data) {
  await database.stop();
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 10000\n",
  );
  await asSuperuser(data, [
    'CREATE EXTENSION pg_stat_statements',
    `GRANT pg_read_all_stats TO ${database.user}`,
    `GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO ${database.user}`,
  ]);
  await database.restart();
}

async function asSuperuser(data, statements) {
  const account = unprivilegedAccount(['postgres', 'nobody']);
  const result = await run(
    join(postgresBinaries(), 'postgres'),
    ['--single', '-D', data, '-c', 'exit_on_error=on', 'metalcast'],
    {
      timeoutMs: 60_000,
      cwd: '/',
      input: `${statements.join('\n')}\n`,
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    },
  );
  if (result.exitCode !== 0) {
    throw new Error(`PostgreSQL could not make the roles of the bench: ${result.stderr}`);
  }
}

/** Reads the counters by a connection of its own. */
export class Statements {
  constructor(sql) {
    this.sql = sql;
  }

  static async connect(url) {
    const sql = new pg.Client({ connectionString: url });
    await sql.connect();
    return new Statements(sql);
  }

  async reset() {
    await this.sql.query('SELECT pg_stat_statements_reset()');
  }

  /** What each role has called since the reset. */
  async read() {
    const { rows } = await this.sql.query(
      `SELECT r.rolname AS role, s.query, s.calls::int AS calls, s.total_exec_time AS ms
         FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
        WHERE r.rolname = ANY ($1) ORDER BY s.calls DESC`,
      [serviceNames.map(roleOf)],
    );
    return rows;
  }

  /** Grows by one with each transaction that writes or locks. */
  async transactionId() {
    const { rows } = await this.sql.query(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS id',
    );
    return rows[0].id;
  }

  close() {
    return this.sql.end();
  }
}

/** Sums `calls` or `ms` of the statements of a service, of all without one. */
export const sumOf = (rows, what, { service, pattern = /^/ } = {}) =>
  rows
    .filter(({ role }) => service === undefined || role === roleOf(service))
    .filter(({ query }) => pattern.test(query))
    .reduce((sum, row) => sum + row[what], 0);
