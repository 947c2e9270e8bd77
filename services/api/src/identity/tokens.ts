import { randomBytes } from 'node:crypto';
import type { Secrets } from '@metalcast/db';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import { z } from 'zod';

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

/** Issues and reads tokens: encrypted, so that any api process with the key accepts them and nobody else reads them. */
export class Tokens {
  private readonly key: Uint8Array;

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

  /** What the token says, or undefined when it is not ours, damaged or expired. */
  async read(token: string): Promise<TokenClaims | undefined> {
    try {
      const decrypted = await jwtDecrypt(token, this.key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const { sub, prj, mth, pwt, jti, iat, exp } = payload.parse(decrypted.payload);
      return {
        userId: sub,
        projectId: prj,
        methods: mth,
        passwordTag: pwt,
        auditId: jti,
        issuedAt: new Date(iat * 1000),
        expiresAt: new Date(exp * 1000),
      };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        return undefined;
      }
      throw error;
    }
  }
}

const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);
