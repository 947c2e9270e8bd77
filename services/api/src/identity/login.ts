import { Fault } from '@metalcast/domain';
import { membershipOf, type Account, type Accounts } from './accounts.js';
import type { AuthRequest } from './auth.schema.js';
import { hashPassword, verifyPassword } from './password.js';
import type { Session, TokenAuthenticator } from './token-authenticator.js';
import type { Tokens } from './tokens.js';

export interface LoggedIn extends Session {
  readonly token: string;
}

interface Proven {
  readonly account: Account;
  readonly methods: readonly string[];
  readonly expiresAt?: Date;
}

/** Verified for users that do not exist, so that the time of the answer tells nothing. */
const nobody = hashPassword('nobody');

/** Answers logins. Whatever part of one is wrong, the answer is the same UNAUTHORIZED. */
export class Login {
  constructor(
    private readonly accounts: Accounts,
    private readonly tokens: Tokens,
    private readonly authenticator: TokenAuthenticator,
  ) {}

  async logIn(request: AuthRequest): Promise<LoggedIn> {
    const wanted = wantedProject(request.scope);
    const { account, methods, expiresAt } = await this.prove(request.identity);
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

  private async prove(identity: AuthRequest['identity']): Promise<Proven> {
    const [method, ...others] = identity.methods;
    if (others.length === 0 && method === 'password' && identity.password !== undefined) {
      return { account: await this.byPassword(identity.password.user), methods: [method] };
    }
    if (others.length === 0 && method === 'token' && identity.token !== undefined) {
      return this.byToken(identity.token.id);
    }
    throw new Fault('BAD_REQUEST', {
      reason:
        'auth.identity.methods must be ["password"] or ["token"], with what the method needs.',
    });
  }

  private async byPassword(
    user: NonNullable<AuthRequest['identity']['password']>['user'],
  ): Promise<Account> {
    const { id, name, password } = user;
    const where = id === undefined ? { name: name ?? '' } : { id };
    const known = isDefaultDomain(user.domain) ? await this.accounts.find(where) : undefined;
    const right = await verifyPassword(password, known?.passwordHash ?? (await nobody));
    if (known === undefined || !right) {
      throw new Fault('UNAUTHORIZED');
    }
    return known;
  }

  /** The new token ends when the old one would have. */
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

/** Without a scope: the account's first project, as Keystone takes its default project. */
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

function isDefaultDomain(
  domain: { id?: string | undefined; name?: string | undefined } | undefined,
): boolean {
  const { id = 'default', name = 'Default' } = domain ?? {};
  return id === 'default' && name.toLowerCase() === 'default';
}
