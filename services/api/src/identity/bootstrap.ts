import { randomUUID } from 'node:crypto';
import type { ModelDatabase } from '@metalcast/db/models';
import type { ApiConfig } from '../config.js';
import type { Role } from '../http/caller.js';
import { PasswordPool } from './password-pool.js';
import { Passwords } from './password.js';

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
 * Makes the configured accounts, and brings their passwords to what the configuration says.
 * Repeatable, also by several processes at once.
 */
export async function bootstrapAccounts(
  database: ModelDatabase,
  config: AccountOptions,
): Promise<void> {
  const pool = new PasswordPool();
  const uses = { database, passwords: new Passwords(pool) };
  try {
    await ensureAccount(uses, {
      name: config.adminUser,
      password: config.adminPassword,
      project: 'admin',
      roles: ['admin', 'member', 'reader'],
    });
    await ensureAccount(uses, {
      name: config.serviceUser,
      password: config.servicePassword,
      project: 'service',
      roles: ['service', 'reader'],
    });
  } finally {
    await pool.close();
  }
}

interface Uses {
  readonly database: ModelDatabase;
  readonly passwords: Passwords;
}

async function ensureAccount(uses: Uses, account: ConfiguredAccount): Promise<void> {
  const { database } = uses;
  const userId = await ensureUser(uses, account);
  const projectId = await ensureProject(database, account.project);
  await database.prisma.roleAssignment.createMany({
    data: account.roles.map((role) => ({ userId, projectId, role })),
    skipDuplicates: true,
  });
}

/** Hashing is slow and not for a transaction: compare-and-swap, and look again when another process was first. */
async function ensureUser(
  { database, passwords }: Uses,
  { name, password }: ConfiguredAccount,
): Promise<string> {
  for (;;) {
    const user = await database.prisma.user.findUnique({ where: { name } });
    if (user !== null && (await passwords.verify(password, user.passwordHash))) {
      return user.id;
    }
    const passwordHash = await passwords.hash(password);
    if (user === null) {
      const row = { id: newId(), name, passwordHash };
      await database.prisma.user.createMany({ data: [row], skipDuplicates: true });
    } else {
      const seen = { id: user.id, passwordHash: user.passwordHash };
      await database.prisma.user.updateMany({ where: seen, data: { passwordHash } });
    }
  }
}

async function ensureProject(database: ModelDatabase, name: string): Promise<string> {
  const data = [{ id: newId(), name }];
  await database.prisma.project.createMany({ data, skipDuplicates: true });
  const project = await database.prisma.project.findUniqueOrThrow({ where: { name } });
  return project.id;
}

/** Keystone's ids: 32 hex digits. */
const newId = (): string => randomUUID().replaceAll('-', '');
