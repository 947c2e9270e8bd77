import { ModelDatabase } from '@metalcast/db/models';
import type { ApiConfig, ApiKeys } from '../config.js';
import { API_CONFIG, API_KEYS, type ApiPart } from '../http/api-part.js';
import { Accounts } from './accounts/accounts.js';
import { AuthController } from './tokens/auth.controller.js';
import { DirectoryController } from './directory/directory.controller.js';
import { Login } from './tokens/login.js';
import { LoginLimits } from './tokens/login-limits.js';
import { PasswordPool } from './passwords/password-pool.js';
import { PasswordVerdicts } from './passwords/password-verdicts.js';
import { Passwords } from './passwords/password.js';
import { TokenAuthenticator } from './tokens/token-authenticator.js';
import { Tokens } from './tokens/tokens.js';

const hourMs = 3_600_000;

/** The built-in identity API under /identity/v3: it stands in where there is no Keystone. */
export const identityApi: ApiPart = {
  controllers: [AuthController, DirectoryController],
  providers: [
    {
      provide: Tokens,
      inject: [API_KEYS, API_CONFIG],
      useFactory: ({ token }: ApiKeys, { tokenHours }: ApiConfig) =>
        new Tokens(token, tokenHours * hourMs),
    },
    {
      provide: Accounts,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new Accounts(database),
    },
    {
      provide: TokenAuthenticator,
      inject: [Tokens, Accounts],
      useFactory: (tokens: Tokens, accounts: Accounts) => new TokenAuthenticator(tokens, accounts),
    },
    { provide: PasswordPool, useFactory: () => new PasswordPool() },
    {
      provide: Login,
      inject: [Accounts, Tokens, TokenAuthenticator, PasswordPool],
      useFactory: (
        accounts: Accounts,
        tokens: Tokens,
        authenticator: TokenAuthenticator,
        pool: PasswordPool,
      ) =>
        new Login({
          accounts,
          tokens,
          authenticator,
          passwords: new Passwords(pool),
          limits: new LoginLimits(),
          verdicts: new PasswordVerdicts(),
        }),
    },
  ],
};
