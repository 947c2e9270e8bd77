// What PostgreSQL did, by service: each logs in as the lab's user and takes a role of its own, which
// pg_stat_statements counts apart.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { postgresBinaries, unprivilegedAccount } from '@metalcast/rig';
import { serviceNames } from '@metalcast/simulated-cloud';
import pg from 'pg';

const roleOf = (service) => `bench_${service.replaceAll('-', '_')}`;

/** Restarts the database with pg_stat_statements and a role for each service. */
export async function countStatements(database, data) {
  await database.stop();
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 10000\n",
  );
  const roles = serviceNames.map(roleOf);
  await asSuperuser(data, [
    'CREATE EXTENSION pg_stat_statements',
    `GRANT pg_read_all_stats TO ${database.user}`,
    `GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO ${database.user}`,
    ...roles.flatMap((role) => [
      `CREATE ROLE ${role}`,
      `GRANT ${role} TO ${database.user}`,
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`,
      `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    ]),
  ]);
  await database.restart();
}

/** The database's URL for a service: its statements are counted under its role. */
export function urlFor(url, service) {
  const own = new URL(url);
  own.searchParams.set('options', `-c role=${roleOf(service)}`);
  return own.href;
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
        WHERE r.rolname LIKE 'bench%' ORDER BY s.calls DESC`,
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
