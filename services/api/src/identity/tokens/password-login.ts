import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { Accounts, type Account } from '../accounts/accounts.js';
import { RememberedPasswords } from '../passwords/remembered-passwords.js';
import { hashOfNobody, Passwords } from '../passwords/password.js';
import type { AuthRequest } from './auth.schema.js';
import { isDefaultDomain } from './default-domain.js';
import { LoginLimits } from './login-limits.js';

type User = NonNullable<AuthRequest['identity']['password']>['user'];

/** Log-ins by name or id and password, within their limits. */
@Injectable()
export class PasswordLogin {
  /** Verified when the user does not exist: the time of the answer must not reveal that. */
  private readonly nobody = hashOfNobody();

  constructor(
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(Passwords) private readonly passwords: Passwords,
    @Inject(LoginLimits) private readonly limits: LoginLimits,
    @Inject(RememberedPasswords) private readonly remembered: RememberedPasswords,
  ) {}

  /**
   * Returns the account that has this password; attempts are counted by `address`. Faults: UNAUTHORIZED,
   * TOO_MANY_REQUESTS.
   */
  async prove(user: User, address: string): Promise<Account> {
    const { limits, remembered } = this;
    const name = await this.limitedName(user);
    if (remembered.isKnownWrong(name, user.password)) {
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
      remembered.keepWrong(name, user.password);
      throw new Fault('UNAUTHORIZED');
    }
    return account;
  }

  /**
   * The key for counting attempts. A user has one key, whether the request names them by name or by id. For an unknown
   * user the key is the name or id of the request, so that the limits do not reveal who exists.
   */
  private async limitedName({ id, name = '', domain }: User): Promise<string> {
    const asked = id === undefined ? `name ${name}` : `id ${id}`;
    if (!isDefaultDomain(domain)) {
      return `other ${asked}`;
    }
    const { accounts } = this;
    const known = id === undefined ? await accounts.idOf(name) : (await accounts.recent(id))?.id;
    return known === undefined ? asked : `user ${known}`;
  }

  /** The account that has this password. */
  private async verify(user: User, name: string, known: boolean): Promise<Account | undefined> {
    const { passwords, remembered } = this;
    const { password } = user;
    const account = await this.accountOf(user);
    const hash = account?.passwordHash ?? this.nobody;
    const isRight = remembered.isRight(name, password, hash);
    // A wrong password is answered without hashing only for users known at the address. Elsewhere the quick answer
    // would reveal that the user exists.
    if (account !== undefined && (isRight === true || (isRight === false && known))) {
      return isRight ? account : undefined;
    }
    const verified = await passwords.verify(password, hash, { urgent: known });
    if (account === undefined || !verified) {
      return undefined;
    }
    remembered.keepRight(name, password, hash);
    return account;
  }

  private async accountOf({ id, name = '', domain }: User): Promise<Account | undefined> {
    const where = id === undefined ? { name } : { id };
    return isDefaultDomain(domain) ? this.accounts.find(where) : undefined;
  }
}
