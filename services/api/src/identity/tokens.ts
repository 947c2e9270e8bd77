import { hash, randomBytes } from 'node:crypto';
import type { Secrets } from '@metalcast/db';
import { EncryptJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { decryptJwe } from './jwe.js';
import { atMost } from '../http/at-most.js';

/** What a token says. Roles are not in it: they are the account's at the time of use. */
export interface TokenClaims {
  readonly userId: string;
  readonly projectId: string;
  readonly methods: readonly string[];
  /** `Account.passwordTag` when it was issued. */
  readonly passwordTag: string;
  readonly auditId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export type Grant = Pick<TokenClaims, 'userId' | 'projectId' | 'methods' | 'passwordTag'>;

const payload = z.object({
  sub: z.string(),
  prj: z.string(),
  mth: z.array(z.string()),
  pwt: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});

const knownTokens = 10_000;
const longestToken = 4096;

/** Issues and reads tokens: encrypted, so that any api process with the key accepts them and nobody else reads them. */
export class Tokens {
  private readonly key: Uint8Array;
  /** By the hash of their token: what tokens say that were right when they were last read. */
  private readonly known = new LRUCache<string, TokenClaims>(atMost(knownTokens));

  constructor(
    secrets: Secrets,
    private readonly lifetimeMs: number,
  ) {
    this.key = Buffer.from(secrets.derive('token'), 'hex');
  }

  /** `expiresAt`: no later than that of the token it was asked with. */
  async issue(grant: Grant, expiresAt?: Date): Promise<{ token: string; claims: TokenClaims }> {
    const issuedAt = wholeSeconds(Date.now());
    const claims = {
      ...grant,
      auditId: randomBytes(16).toString('base64url'),
      issuedAt,
      expiresAt: expiresAt ?? wholeSeconds(issuedAt.getTime() + this.lifetimeMs),
    };
    const token = await new EncryptJWT({
      prj: claims.projectId,
      mth: [...claims.methods],
      pwt: claims.passwordTag,
    })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setSubject(claims.userId)
      .setJti(claims.auditId)
      .setIssuedAt(claims.issuedAt)
      .setExpirationTime(claims.expiresAt)
      .encrypt(this.key);
    return { token, claims };
  }

  /**
   * What the token says, or undefined when it is not ours, damaged or expired. Cheap for wrong tokens too: nothing is
   * asked of anybody, and nothing is kept of them.
   */
  read(token: string): TokenClaims | undefined {
    if (token.length > longestToken) {
      return undefined;
    }
    const key = hash('sha256', token, 'base64');
    const claims = this.known.get(key) ?? this.decrypt(token);
    if (claims === undefined || claims.expiresAt.getTime() <= Date.now()) {
      this.known.delete(key);
      return undefined;
    }
    this.known.set(key, claims);
    return claims;
  }

  private decrypt(token: string): TokenClaims | undefined {
    const { success, data } = payload.safeParse(decryptJwe(token, this.key));
    return success
      ? {
          userId: data.sub,
          projectId: data.prj,
          methods: data.mth,
          passwordTag: data.pwt,
          auditId: data.jti,
          issuedAt: new Date(data.iat * 1000),
          expiresAt: new Date(data.exp * 1000),
        }
      : undefined;
  }
}

const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);
