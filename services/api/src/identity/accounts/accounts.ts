import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Project } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { LRUCache } from 'lru-cache';
import type { Role } from '../../policy/policy.js';
import { atMost } from '../../http/limits/at-most.js';

export interface Membership {
  readonly project: Pick<Project, 'id' | 'name' | 'enabled'>;
  readonly roles: readonly Role[];
}

/** A user and where they have which roles. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly passwordHash: string;
  /** Changes with the password: what was issued for another one is void. */
  readonly passwordTag: string;
  readonly memberships: readonly Membership[];
}

/** How late a process may notice that an account was changed by another. */
const cacheMs = 5000;
const cachedAccounts = 10_000;

@Injectable()
export class Accounts {
  /** Asks the database once for all who want the same account at the same time. */
  private readonly cache: LRUCache<string, { readonly account: Account | undefined }>;

  private readonly ids: LRUCache<string, { readonly id: string | undefined }>;

  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {
    this.cache = new LRUCache({
      ...atMost(cachedAccounts),
      ttl: cacheMs,
      ignoreFetchAbort: true,
      fetchMethod: async (id) => ({ account: await this.find({ id }) }),
    });
    this.ids = new LRUCache({
      ...atMost(cachedAccounts),
      ttl: cacheMs,
      ignoreFetchAbort: true,
      fetchMethod: async (name) => {
        const where = { name };
        const user = await this.database.prisma.user.findUnique({ where, select: { id: true } });
        return { id: user?.id };
      },
    });
  }

  /** The id of the user with this name; as old as `recent`. */
  async idOf(name: string): Promise<string | undefined> {
    return (await this.ids.fetch(name))?.id;
  }

  /** May be as old as `cacheMs`: for verifying tokens at every request. */
  async recent(id: string): Promise<Account | undefined> {
    return (await this.cache.fetch(id))?.account;
  }

  async find(where: { id: string } | { name: string }): Promise<Account | undefined> {
    const user = await this.database.prisma.user.findUnique({
      where,
      include: { assignments: { include: { project: true }, orderBy: { projectId: 'asc' } } },
    });
    if (user === null) {
      return undefined;
    }
    const memberships = new Map<string, { project: Project; roles: Role[] }>();
    for (const { project, role } of user.assignments) {
      const membership = memberships.get(project.id) ?? { project, roles: [] };
      membership.roles.push(role as Role);
      memberships.set(project.id, membership);
    }
    const { id, name, enabled, passwordHash } = user;
    const passwordTag = createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
    return { id, name, enabled, passwordHash, passwordTag, memberships: [...memberships.values()] };
  }
}

/** The enabled project that `wanted` describes among the account's, or its first when nothing is wanted. */
export function membershipOf(
  account: Account,
  wanted: { readonly id?: string | undefined; readonly name?: string | undefined },
): Membership | undefined {
  return account.memberships.find(
    ({ project }) =>
      project.enabled &&
      (wanted.id === undefined || project.id === wanted.id) &&
      (wanted.name === undefined || project.name === wanted.name),
  );
}
