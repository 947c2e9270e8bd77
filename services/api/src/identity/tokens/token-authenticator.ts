import { Inject, Injectable } from '@nestjs/common';
import type { Authenticator } from '../../http/access/authentication.js';
import type { Caller } from '../../http/access/caller.js';
import { membershipOf, type Account, Accounts, type Membership } from '../accounts/accounts.js';
import { Revocations } from '../accounts/revocations.js';
import { type TokenClaims, Tokens } from './tokens.js';

/** A valid token and the present state of its account. */
export interface Session {
  readonly claims: TokenClaims;
  readonly account: Account;
  readonly membership: Membership;
}

/**
 * Finds the account of a token that was not revoked. The account must be enabled, still have the password that the
 * token was issued for, and still be in the project.
 */
@Injectable()
export class TokenAuthenticator implements Authenticator {
  constructor(
    @Inject(Tokens) private readonly tokens: Tokens,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(Revocations) private readonly revocations: Revocations,
  ) {}

  async session(token: string): Promise<Session | undefined> {
    const claims = this.tokens.read(token);
    if (claims === undefined) {
      return undefined;
    }
    const [account, isRevoked] = await Promise.all([
      this.accounts.recent(claims.userId),
      this.revocations.has(claims.auditId),
    ]);
    if (account?.enabled !== true) {
      return undefined;
    }
    const membership = membershipOf(account, { id: claims.projectId });
    const isEnded = isRevoked || account.passwordTag !== claims.passwordTag;
    return membership === undefined || isEnded ? undefined : { claims, account, membership };
  }

  /** Ends the session's token. Idempotent. Fault TOO_MANY_REQUESTS. */
  async revoke({ claims }: Session): Promise<void> {
    await this.revocations.add(claims);
  }

  async authenticate(token: string): Promise<Omit<Caller, 'requestId'> | undefined> {
    const session = await this.session(token);
    if (session === undefined) {
      return undefined;
    }
    const { account, membership } = session;
    return {
      userId: account.id,
      userName: account.name,
      projectId: membership.project.id,
      projectName: membership.project.name,
      roles: membership.roles,
    };
  }
}
