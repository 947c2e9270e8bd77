import { hash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EncryptJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ApiConfig, ApiKeys } from '../../config.js';
import { API_CONFIG, API_KEYS } from '../../context/injection-tokens.js';
import { decryptJwe, keyIdOf } from './jwe.js';
import { atMost } from '../../http/limits/at-most.js';

/** The content of a token. Roles are not in it: the account's present roles count. */
export interface TokenClaims {
  readonly userId: string;
  readonly projectId: string;
  readonly methods: readonly string[];
  /** `Account.passwordTag` at the time of issue. */
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

interface KnownToken {
  readonly kid: string;
  readonly claims: TokenClaims;
}

const hourMs = 3_600_000;
const knownTokens = 10_000;
const longestToken = 4096;

/**
 * Issues and reads tokens. They are encrypted: every api process with the key accepts them, and nobody else can read
 * them.
 */
@Injectable()
export class Tokens {
  /** Claims of tokens that were valid when last read, by the token's hash. */
  private readonly known = new LRUCache<string, KnownToken>(atMost(knownTokens));

  constructor(
    @Inject(API_KEYS) private readonly keys: Pick<ApiKeys, 'token'>,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'tokenHours'>,
  ) {}

  /** `expiresAt`: a token that was issued for another token expires with it. */
  async issue(grant: Grant, expiresAt?: Date): Promise<{ token: string; claims: TokenClaims }> {
    const issuedAt = wholeSeconds(Date.now());
    const claims = {
      ...grant,
      auditId: randomBytes(16).toString('base64url'),
      issuedAt,
      expiresAt: expiresAt ?? wholeSeconds(issuedAt.getTime() + this.config.tokenHours * hourMs),
    };
    const { kid, key } = this.keys.token.keys.at(Date.now());
    const token = await new EncryptJWT({
      prj: claims.projectId,
      mth: [...claims.methods],
      pwt: claims.passwordTag,
    })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
      .setSubject(claims.userId)
      .setJti(claims.auditId)
      .setIssuedAt(claims.issuedAt)
      .setExpirationTime(claims.expiresAt)
      .encrypt(key);
    return { token, claims };
  }

  /**
   * Returns the claims, or undefined when the token is not ours, damaged or expired. A wrong token is cheap: no query,
   * and nothing is kept.
   */
  read(token: string): TokenClaims | undefined {
    if (token.length > longestToken) {
      return undefined;
    }
    const digest = hash('sha256', token, 'base64');
    const read = this.known.get(digest) ?? this.decrypt(token);
    if (read === undefined || !this.isGood(read)) {
      this.known.delete(digest);
      return undefined;
    }
    this.known.set(digest, read);
    return read.claims;
  }

  /** Tokens of a removed key are invalid. */
  private isGood({ kid, claims }: KnownToken): boolean {
    return claims.expiresAt.getTime() > Date.now() && this.keys.token.keys.find(kid) !== undefined;
  }

  private decrypt(token: string): KnownToken | undefined {
    const kid = keyIdOf(token);
    const key = kid === undefined ? undefined : this.keys.token.keys.find(kid)?.key;
    if (kid === undefined || key === undefined) {
      return undefined;
    }
    const { success, data } = payload.safeParse(decryptJwe(token, key));
    return success ? { kid, claims: claimsOf(data) } : undefined;
  }
}

const claimsOf = (data: z.output<typeof payload>): TokenClaims => ({
  userId: data.sub,
  projectId: data.prj,
  methods: data.mth,
  passwordTag: data.pwt,
  auditId: data.jti,
  issuedAt: new Date(data.iat * 1000),
  expiresAt: new Date(data.exp * 1000),
});

const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);
