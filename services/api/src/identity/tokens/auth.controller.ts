import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
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
import { Login } from './login.js';
import { TokenAuthenticator } from './token-authenticator.js';

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
    const session = await this.authenticator.session(token ?? '');
    if (
      token === undefined ||
      session === undefined ||
      !reachesUser('identity:validate_token', caller, session.account.id)
    ) {
      throw new Fault('NOT_FOUND', {}, { message: 'Could not find token.' });
    }
    reply.header('x-subject-token', token).header('vary', 'X-Auth-Token');
    return tokenView(session, this.catalog());
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
