import { Module } from '@nestjs/common';
import { Accounts } from './accounts/accounts.js';
import { Revocations } from './accounts/revocations.js';
import { DomainsController } from './domains/domains.controller.js';
import { NamedLists } from './named-lists.js';
import { PasswordPool } from './passwords/password-pool.js';
import { RememberedPasswords } from './passwords/remembered-passwords.js';
import { Passwords } from './passwords/password.js';
import { ProjectsController } from './projects/projects.controller.js';
import { RolesController } from './roles/roles.controller.js';
import { AuthController } from './tokens/auth.controller.js';
import { LoginLimits } from './tokens/login-limits.js';
import { Login } from './tokens/login.js';
import { PasswordLogin } from './tokens/password-login.js';
import { TokenAuthenticator } from './tokens/token-authenticator.js';
import { Tokens } from './tokens/tokens.js';
import { UsersController } from './users/users.controller.js';

/** The built-in identity API under /identity/v3, for installations without Keystone. */
@Module({
  controllers: [
    AuthController,
    DomainsController,
    ProjectsController,
    RolesController,
    UsersController,
  ],
  providers: [
    Accounts,
    Revocations,
    Login,
    LoginLimits,
    NamedLists,
    PasswordLogin,
    PasswordPool,
    Passwords,
    RememberedPasswords,
    TokenAuthenticator,
    Tokens,
  ],
  exports: [TokenAuthenticator],
})
export class IdentityModule {}
