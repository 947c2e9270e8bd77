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

/** A user, and their roles in projects. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly passwordHash: string;
  /** Changes with the password, which makes tokens of the old password invalid. */
  readonly passwordTag: string;
  readonly memberships: readonly Membership[];
}

/** A change of an account by another process is noticed after at most so long. */
const cacheMs = 5000;
const cachedAccounts = 10_000;

@Injectable()
export class Accounts {
  /** Concurrent requests for the same account share one query. */
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

  /** The id of the user with this name; as fresh as `recent`. */
  async idOf(name: string): Promise<string | undefined> {
    return (await this.ids.fetch(name))?.id;
  }

  /** As old as `cacheMs` at most: for verifying tokens at every request. */
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
    return {
      ...{ id, name, enabled, passwordHash, passwordTag },
      memberships: [...memberships.values()],
    };
  }
}

/** The account's enabled project that `wanted` describes; without a wish its first one. */
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
