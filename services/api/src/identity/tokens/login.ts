import { Fault } from '@metalcast/domain';
import { membershipOf, type Account, type Accounts } from '../accounts/accounts.js';
import type { AuthRequest } from './auth.schema.js';
import type { LoginLimits } from './login-limits.js';
import type { PasswordVerdicts } from '../passwords/password-verdicts.js';
import { hashOfNobody, type Passwords } from '../passwords/password.js';
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

export interface LoginUses {
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly authenticator: TokenAuthenticator;
  readonly passwords: Passwords;
  readonly limits: LoginLimits;
  readonly verdicts: PasswordVerdicts;
}

type User = NonNullable<AuthRequest['identity']['password']>['user'];

/** Answers logins. Whatever part of one is wrong, the answer is the same UNAUTHORIZED. */
export class Login {
  /** Verified for users that do not exist: the time of the answer must not reveal who exists. */
  private readonly nobody = hashOfNobody();

  constructor(private readonly uses: LoginUses) {}

  /** `address`: whose attempts are counted together. Faults: BAD_REQUEST, UNAUTHORIZED, TOO_MANY_REQUESTS. */
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
    return { ...(await this.uses.tokens.issue(grant, expiresAt)), account, membership };
  }

  private async prove(identity: AuthRequest['identity'], address: string): Promise<Proven> {
    const [method, ...others] = identity.methods;
    if (others.length === 0 && method === 'password' && identity.password !== undefined) {
      const account = await this.byPassword(identity.password.user, address);
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

  private async byPassword(user: User, address: string): Promise<Account> {
    const { limits, verdicts } = this.uses;
    const name = await this.limitedName(user);
    if (verdicts.isKnownWrong(name, user.password)) {
      throw new Fault('UNAUTHORIZED');
    }
    const attempt = await limits.begin(name, address);
    let account: Account | undefined;
    try {
      account = await this.verify(user, name, attempt.known);
    } finally {
      attempt.end(account !== undefined);
    }
    if (account === undefined) {
      verdicts.keepWrong(name, user.password);
      throw new Fault('UNAUTHORIZED');
    }
    return account;
  }

  /**
   * By whom attempts are counted: a user is one, by name and by id. Who does not exist is counted by what was asked
   * for, so that a stranger is refused the same way.
   */
  private async limitedName({ id, name = '', domain }: User): Promise<string> {
    const asked = id === undefined ? `name ${name}` : `id ${id}`;
    if (!isDefaultDomain(domain)) {
      return `other ${asked}`;
    }
    const { accounts } = this.uses;
    const known = id === undefined ? await accounts.idOf(name) : (await accounts.recent(id))?.id;
    return known === undefined ? asked : `user ${known}`;
  }

  /** The account that has this password. */
  private async verify(user: User, name: string, known: boolean): Promise<Account | undefined> {
    const { passwords, verdicts } = this.uses;
    const { password } = user;
    const account = await this.accountOf(user);
    const hash = account?.passwordHash ?? this.nobody;
    const verdict = verdicts.isRight(name, password, hash);
    // A wrong password is answered without a hash only where the user is known: elsewhere the quick answer would reveal
    // that the user exists.
    if (account !== undefined && (verdict === true || (verdict === false && known))) {
      return verdict ? account : undefined;
    }
    const right = await passwords.verify(password, hash, { urgent: known });
    if (account === undefined || !right) {
      return undefined;
    }
    verdicts.keepRight(name, password, hash);
    return account;
  }

  private async accountOf({ id, name = '', domain }: User): Promise<Account | undefined> {
    const where = id === undefined ? { name } : { id };
    return isDefaultDomain(domain) ? this.uses.accounts.find(where) : undefined;
  }

  /** The new token ends when the old one would have. */
  private async byToken(token: string): Promise<Proven> {
    const session = await this.uses.authenticator.session(token);
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
