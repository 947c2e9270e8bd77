// Prisma's schema engine as WebAssembly from the npm registry. It compares schemas without the native engine, which the
// Prisma CLI would download. Only developers and tests use it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const schemaPath = fileURLToPath(new URL('schema.prisma', import.meta.url));
const everything = { externalTables: [], externalEnums: [] };
/** schema.prisma does not contain Prisma's own table of migrations. */
const bookkeeping = { externalTables: ['public._prisma_migrations'], externalEnums: [] };
/** PostgreSQL's catalog type "char", which the adapter cannot read. */
const charOid = 18;
const textOid = 25;

let loaded;

/** The package does not export its .wasm file, so the path is built from its main file. */
async function load() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (message) => process.stderr.write(`${message}\n`),
  };
  const code = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = readFileSync(new URL('schema_engine_bg.wasm', code));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

class CatalogClient extends pg.Client {
  /** A pool passes a callback; a transaction awaits a promise. */
  query(...args) {
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (error, result) => callback(error, readable(result));
      return super.query(...args);
    }
    return super.query(...args).then(readable);
  }
}

function readable(result) {
  for (const field of result?.fields ?? []) {
    if (field.dataTypeID === charOid) {
      field.dataTypeID = textOid;
    }
    if (field.name === 'constraint_type') {
      // A Prisma schema has no CHECKs, and the engine fails when it reads one through this adapter.
      result.rows = [];
    }
  }
  return result;
}

/** Runs `work(engine, files)` with the engine connected to the database at `url`. */
async function withEngine(url, work) {
  await (loaded ??= load());
  const files = [{ path: schemaPath, content: readFileSync(schemaPath, 'utf8') }];
  const pool = new pg.Pool({ connectionString: url, Client: CatalogClient, max: 2 });
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool)),
  );
  try {
    return await work(schemaEngine, files);
  } finally {
    schemaEngine.free();
    await pool.end();
  }
}

/** The SQL that changes the database at `url` to schema.prisma; empty when they agree. */
export function diffToSchema(url) {
  return withEngine(url, async (schemaEngine, files) => {
    const { exitCode, stdout } = await schemaEngine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: bookkeeping,
    });
    return exitCode === 0 ? '' : stdout;
  });
}

/** Applies the pending migrations like `prisma migrate deploy`, and returns their names. */
export async function deployWithPrisma(url, migrationsDir) {
  const { appliedMigrationNames } = await withEngine(url, (schemaEngine) =>
    schemaEngine.applyMigrations({ migrationsList: listOf(migrationsDir), filters: everything }),
  );
  return appliedMigrationNames;
}

/** The result of `prisma migrate status`: failed, edited and pending migrations. */
export function diagnoseWithPrisma(url, migrationsDir) {
  return withEngine(url, (schemaEngine) =>
    schemaEngine.diagnoseMigrationHistory({
      migrationsList: listOf(migrationsDir),
      optInToShadowDatabase: false,
      filters: everything,
    }),
  );
}

function listOf(baseDir) {
  const read = (path) => readFileSync(`${baseDir}/${path}`, 'utf8');
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: read('migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories: readdirSync(baseDir)
      .filter((name) => existsSync(`${baseDir}/${name}/migration.sql`))
      .sort()
      .map((name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok', value: read(`${name}/migration.sql`) },
        },
      })),
  };
}
