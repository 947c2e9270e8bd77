import { Inject, Injectable } from '@nestjs/common';
import type { RevokedToken } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../http/limits/at-most.js';

/** A revocation by another process is noticed after at most so long. */
const cacheMs = 5000;
const cachedTokens = 10_000;
/** Most tokens of one user that were revoked and have not expired. A new password voids all tokens at once. */
const mostOfUser = 10_000;

/** Tokens that were ended before they expire. */
@Injectable()
export class Revocations {
  /** By audit id. Concurrent requests with the same token share one query. */
  private readonly cache: LRUCache<string, { readonly revoked: boolean }>;

  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {
    this.cache = new LRUCache({
      ...atMost(cachedTokens),
      ttl: cacheMs,
      ignoreFetchAbort: true,
      fetchMethod: async (auditId) => {
        const where = { auditId };
        return { revoked: (await this.database.prisma.revokedToken.count({ where })) > 0 };
      },
    });
  }

  /** As old as `cacheMs` at most. */
  async has(auditId: string): Promise<boolean> {
    return (await this.cache.fetch(auditId))?.revoked === true;
  }

  /**
   * Ends a token: in this process as a rule at once, in every one after `cacheMs` at most. Idempotent. Rows of tokens
   * that have expired go with it. Fault TOO_MANY_REQUESTS: the user has ended too many; some more are taken of requests
   * at the same time.
   */
  async add({ userId, auditId, expiresAt }: RevokedToken): Promise<void> {
    const { prisma } = this.database;
    await prisma.revokedToken.deleteMany({ where: { expiresAt: { lt: new Date() } } });
    await this.requireRoom(userId);
    const data = { userId, auditId, expiresAt };
    await prisma.revokedToken.createMany({ data, skipDuplicates: true });
    this.cache.set(auditId, { revoked: true });
  }

  private async requireRoom(userId: string): Promise<void> {
    const { _count: count, _min: first } = await this.database.prisma.revokedToken.aggregate({
      where: { userId },
      _count: true,
      _min: { expiresAt: true },
    });
    if (count < mostOfUser || first.expiresAt === null) {
      return;
    }
    throw new Fault('TOO_MANY_REQUESTS', {
      reason: `${String(count)} tokens of this user were ended before they expire, and no more can be. A new password ends all of them.`,
      retryAfterSeconds: Math.ceil(Math.max(first.expiresAt.getTime() - Date.now(), 1000) / 1000),
    });
  }
}
