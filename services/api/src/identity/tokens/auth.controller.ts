import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ApiConfig } from '../../config.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { BodyBytes } from '../../http/limits/body-limits.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { clientKey } from '../../http/limits/client-address.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { authRequest } from './auth.schema.js';
import { catalogOf } from '../catalog.js';
import { listView, tokenView } from '../identity.view.js';
import { reachesUser } from '../../policy/ownership.js';
import { type Rule } from '../../policy/policy.js';
import { Login } from './login.js';
import { TokenAuthenticator, type Session } from './token-authenticator.js';

/** The size of a log-in with the longest names and the longest password. */
const loginBytes = 16 * 1024;

@Controller('identity/v3/auth')
export class AuthController {
  constructor(
    @Inject(Login) private readonly login: Login,
    @Inject(TokenAuthenticator) private readonly authenticator: TokenAuthenticator,
    @Inject(Links) private readonly links: Links,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @BodyBytes(loginBytes)
  @Post('tokens')
  @IgnoredQuery('nocatalog')
  @Policy('metalcast:log_in')
  @HttpCode(201)
  async logIn(
    @Body(zod(authRequest)) { auth }: z.output<typeof authRequest>,
    @Req() { ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const session = await this.login.logIn(auth, clientKey(ip));
    reply.header('x-subject-token', session.token).header('vary', 'X-Auth-Token');
    return tokenView(session, this.catalog());
  }

  /** Also answers HEAD. Users may validate their own tokens; administrators and services any token. */
  @Get('tokens')
  @IgnoredQuery('nocatalog', 'allow_expired')
  @Policy('identity:validate_token')
  async validate(
    @Headers('x-subject-token') token: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const session = await this.sessionOf(token, 'identity:validate_token', caller);
    reply.header('x-subject-token', token).header('vary', 'X-Auth-Token');
    return tokenView(session, this.catalog());
  }

  /** Users may end their own tokens; administrators any token. */
  @Delete('tokens')
  @Policy('identity:revoke_token')
  @HttpCode(204)
  async revoke(
    @Headers('x-subject-token') token: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    const session = await this.sessionOf(token, 'identity:revoke_token', caller);
    await this.authenticator.revoke(session);
  }

  /** Fault NOT_FOUND: no valid token, or not one for which the rule lets the caller ask. */
  private async sessionOf(token = '', rule: Rule, caller: Caller): Promise<Session> {
    const session = await this.authenticator.session(token);
    if (session === undefined || !reachesUser(rule, caller, session.account.id)) {
      throw new Fault('NOT_FOUND', {}, { message: 'Could not find token.' });
    }
    return session;
  }

  @Get('catalog')
  @Policy('identity:get_auth_catalog')
  catalogOfCaller(): object {
    return listView(this.links, { catalog: this.catalog() });
  }

  private catalog(): object[] {
    return catalogOf(this.links, this.config.region);
  }
}
