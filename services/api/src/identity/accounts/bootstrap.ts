import { randomUUID } from 'node:crypto';
import type { Database } from '@metalcast/db';
import type { ApiConfig } from '../../config.js';
import type { Role } from '../../policy/policy.js';
import { PasswordPool } from '../passwords/password-pool.js';
import { Passwords } from '../passwords/password.js';

interface ConfiguredAccount {
  readonly name: string;
  readonly password: string;
  readonly project: string;
  readonly roles: readonly Role[];
}

type AccountOptions = Pick<
  ApiConfig,
  'adminUser' | 'adminPassword' | 'serviceUser' | 'servicePassword'
>;

/**
 * Makes the configured accounts and sets their passwords to the configured ones. It uses plain statements: Prisma's
 * first query takes 0.1 s, which would delay the start. Idempotent, also when several processes run it at once.
 */
export async function bootstrapAccounts(database: Database, config: AccountOptions): Promise<void> {
  const pool = new PasswordPool();
  const uses = { database, passwords: new Passwords(pool) };
  try {
    await Promise.all([
      ensureAccount(uses, {
        name: config.adminUser,
        password: config.adminPassword,
        project: 'admin',
        roles: ['admin', 'member', 'reader'],
      }),
      ensureAccount(uses, {
        name: config.serviceUser,
        password: config.servicePassword,
        project: 'service',
        roles: ['service', 'reader'],
      }),
    ]);
  } finally {
    await pool.close();
  }
}

interface Uses {
  readonly database: Database;
  readonly passwords: Passwords;
}

async function ensureAccount(uses: Uses, account: ConfiguredAccount): Promise<void> {
  const { sql } = uses.database;
  const userId = await ensureUser(uses, account);
  const projectId = await ensureProject(uses, account.project);
  await sql.$executeRaw`
    INSERT INTO role_assignments (user_id, project_id, role)
    SELECT ${userId}, ${projectId}, role FROM unnest(${account.roles}::text[]) AS role
    ON CONFLICT DO NOTHING`;
}

/** Hashing is too slow for a transaction: compare and swap, and retry when another process was first. */
async function ensureUser(
  { database: { sql }, passwords }: Uses,
  { name, password }: ConfiguredAccount,
): Promise<string> {
  for (;;) {
    const [user] = await sql.$queryRaw<{ id: string; passwordHash: string }[]>`
      SELECT id, password_hash AS "passwordHash" FROM users WHERE name = ${name}`;
    if (user !== undefined && (await passwords.verify(password, user.passwordHash))) {
      return user.id;
    }
    const passwordHash = await passwords.hash(password);
    await (user === undefined
      ? sql.$executeRaw`
          INSERT INTO users (id, name, password_hash) VALUES (${newId()}, ${name}, ${passwordHash})
          ON CONFLICT DO NOTHING`
      : sql.$executeRaw`
          UPDATE users SET password_hash = ${passwordHash}
          WHERE id = ${user.id} AND password_hash = ${user.passwordHash}`);
  }
}

async function ensureProject({ database: { sql } }: Uses, name: string): Promise<string> {
  await sql.$executeRaw`
    INSERT INTO projects (id, name) VALUES (${newId()}, ${name}) ON CONFLICT DO NOTHING`;
  const [project] = await sql.$queryRaw<{ id: string }[]>`
    SELECT id FROM projects WHERE name = ${name}`;
  if (project === undefined) {
    throw new Error(`project ${name} was removed while it was made`);
  }
  return project.id;
}

/** Keystone's ids: 32 hex digits. */
const newId = (): string => randomUUID().replaceAll('-', '');
