import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { membershipOf, type Account } from '../accounts/accounts.js';
import { isDefaultDomain } from './default-domain.js';
import type { AuthRequest } from './auth.schema.js';
import { PasswordLogin } from './password-login.js';
import { TokenAuthenticator, type Session } from './token-authenticator.js';
import { Tokens } from './tokens.js';

export interface LoggedIn extends Session {
  readonly token: string;
}

interface Proven {
  readonly account: Account;
  readonly methods: readonly string[];
  readonly expiresAt?: Date;
}

/** Answers log-ins. Every failure is the same UNAUTHORIZED, so that it does not reveal which part was wrong. */
@Injectable()
export class Login {
  constructor(
    @Inject(Tokens) private readonly tokens: Tokens,
    @Inject(TokenAuthenticator) private readonly authenticator: TokenAuthenticator,
    @Inject(PasswordLogin) private readonly passwordLogin: PasswordLogin,
  ) {}

  /** Attempts are counted by `address`. Faults: BAD_REQUEST, UNAUTHORIZED, TOO_MANY_REQUESTS. */
  async logIn(request: AuthRequest, address: string): Promise<LoggedIn> {
    const wanted = wantedProject(request.scope);
    const { account, methods, expiresAt } = await this.prove(request.identity, address);
    const membership = membershipOf(account, wanted);
    if (!account.enabled || membership === undefined) {
      throw new Fault('UNAUTHORIZED');
    }
    const grant = {
      userId: account.id,
      projectId: membership.project.id,
      methods,
      passwordTag: account.passwordTag,
    };
    return { ...(await this.tokens.issue(grant, expiresAt)), account, membership };
  }

  private async prove(identity: AuthRequest['identity'], address: string): Promise<Proven> {
    const [method, ...others] = identity.methods;
    if (others.length === 0 && method === 'password' && identity.password !== undefined) {
      const account = await this.passwordLogin.prove(identity.password.user, address);
      return { account, methods: [method] };
    }
    if (others.length === 0 && method === 'token' && identity.token !== undefined) {
      return this.byToken(identity.token.id);
    }
    throw new Fault('BAD_REQUEST', {
      reason:
        'auth.identity.methods must be ["password"] or ["token"], with what the method needs.',
    });
  }

  /** The new token expires when the old one does. */
  private async byToken(token: string): Promise<Proven> {
    const session = await this.authenticator.session(token);
    if (session === undefined) {
      throw new Fault('UNAUTHORIZED');
    }
    const { account, claims } = session;
    const methods = [...new Set(['token', ...claims.methods])];
    return { account, methods, expiresAt: claims.expiresAt };
  }
}

type Scope = AuthRequest['scope'];

/** Without a scope: the account's first project, as Keystone takes the default project. */
function wantedProject(scope: Scope): { id?: string | undefined; name?: string | undefined } {
  if (scope === undefined || scope === 'unscoped') {
    return {};
  }
  if (scope.project === undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: 'auth.scope must be a project: there is no other scope.',
    });
  }
  if (!isDefaultDomain(scope.project.domain)) {
    throw new Fault('UNAUTHORIZED');
  }
  return scope.project;
}
