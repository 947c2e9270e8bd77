// A database with a clock that tests can move.
import { query } from './db/query.js';

export interface DatabaseClock {
  /** Moves the clock forward by `ms`; back if that is negative. */
  jump(ms: number): Promise<void>;
}

/** Affects all later connections: their statements find this function before PostgreSQL's own. */
export async function movableClock(url: string): Promise<DatabaseClock> {
  await query(
    url,
    `CREATE TABLE database_clock (ahead interval NOT NULL);
     INSERT INTO database_clock VALUES ('0');
     GRANT SELECT ON database_clock TO PUBLIC;
     CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
       'SELECT pg_catalog.clock_timestamp() + ahead FROM public.database_clock';
     DO $$ BEGIN
       EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
     END $$`,
    undefined,
  );
  return {
    jump: async (ms) => {
      const more = [`${String(ms)} milliseconds`];
      await query(url, 'UPDATE database_clock SET ahead = ahead + $1::interval', more);
    },
  };
}
