import { randomUUID } from 'node:crypto';
import type { Database } from '@metalcast/db';
import { equalSecret } from '@metalcast/domain';
import { Deriver } from '@metalcast/keys';
import type { ApiConfig, ApiKeys } from '../../config.js';
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
export async function bootstrapAccounts(
  database: Database,
  config: AccountOptions,
  keys: Pick<ApiKeys, 'token'>,
): Promise<void> {
  const pool = new PasswordPool();
  const uses = { database, passwords: new Passwords(pool), proofs: new Deriver(keys.token) };
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
  /** Derives what `users.configured_proof` holds. */
  readonly proofs: Deriver;
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

interface UserRow {
  readonly id: string;
  readonly passwordHash: string;
  readonly configuredProof: string | null;
}

/**
 * Hashing takes 0.1 s, which is too slow for a transaction and for each start. So the row has a proof, derived with the
 * token key, that its hash is one of the configured password; only without it the hash is computed. Compare and swap:
 * retries when another process was first.
 */
async function ensureUser(uses: Uses, account: ConfiguredAccount): Promise<string> {
  const { sql } = uses.database;
  const { name, password } = account;
  for (;;) {
    const [user] = await sql.$queryRaw<UserRow[]>`
      SELECT id, password_hash AS "passwordHash", configured_proof AS "configuredProof"
      FROM users WHERE name = ${name}`;
    if (user !== undefined && isProven(uses, user, password)) {
      return user.id;
    }
    const isRight =
      user !== undefined && (await uses.passwords.verify(password, user.passwordHash));
    const hash = isRight ? user.passwordHash : await uses.passwords.hash(password);
    const proof = uses.proofs.derive(new Date(), ...proofName(hash, password));
    await (user === undefined
      ? sql.$executeRaw`
          INSERT INTO users (id, name, password_hash, configured_proof)
          VALUES (${newId()}, ${name}, ${hash}, ${proof})
          ON CONFLICT DO NOTHING`
      : sql.$executeRaw`
          UPDATE users SET password_hash = ${hash}, configured_proof = ${proof}
          WHERE id = ${user.id} AND password_hash = ${user.passwordHash}`);
  }
}

function isProven({ proofs }: Uses, user: UserRow, password: string): boolean {
  const { passwordHash, configuredProof: proof } = user;
  return (
    proof !== null &&
    proofs
      .deriveAll(...proofName(passwordHash, password))
      .some((derived) => equalSecret(derived, proof))
  );
}

const proofName = (hash: string, password: string): readonly string[] => [
  'configured password',
  hash,
  password,
];

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
