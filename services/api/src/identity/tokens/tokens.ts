import { hash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EncryptJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ApiConfig, ApiKeys } from '../../config.js';
import { API_CONFIG, API_KEYS } from '../../context/injection-tokens.js';
import { decryptJwe, keyIdOf } from './jwe.js';
import { atMost } from '../../http/limits/at-most.js';

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

interface KnownToken {
  readonly kid: string;
  readonly claims: TokenClaims;
}

const hourMs = 3_600_000;
const knownTokens = 10_000;
const longestToken = 4096;

/** Issues and reads tokens: encrypted, so that any api process with the key accepts them and nobody else reads them. */
@Injectable()
export class Tokens {
  /** By the hash of their token: what tokens say that were right when they were last read. */
  private readonly known = new LRUCache<string, KnownToken>(atMost(knownTokens));

  constructor(
    @Inject(API_KEYS) private readonly keys: Pick<ApiKeys, 'token'>,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'tokenHours'>,
  ) {}

  /** `expiresAt`: no later than that of the token it was asked with. */
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
   * What the token says, or undefined when it is not ours, damaged or expired. Cheap for wrong tokens too: nothing is
   * asked of anybody, and nothing is kept of them.
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

  /** A key that was taken away takes its tokens along. */
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
