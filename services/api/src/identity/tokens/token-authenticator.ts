import { Inject, Injectable } from '@nestjs/common';
import type { Authenticator } from '../../http/access/authentication.js';
import type { Caller } from '../../http/access/caller.js';
import { membershipOf, type Account, Accounts, type Membership } from '../accounts/accounts.js';
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
  ) {}

  async session(token: string): Promise<Session | undefined> {
    const claims = this.tokens.read(token);
    const account = claims && (await this.accounts.recent(claims.userId));
    if (claims === undefined || account?.enabled !== true) {
      return undefined;
    }
    const membership = membershipOf(account, { id: claims.projectId });
    const isEnded =
      account.passwordTag !== claims.passwordTag || account.revoked.has(claims.auditId);
    return membership === undefined || isEnded ? undefined : { claims, account, membership };
  }

  /** Ends the session's token. Idempotent. */
  async revoke({ claims }: Session): Promise<void> {
    await this.accounts.revoke(claims);
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
