import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { reachesUser } from '../../policy/ownership.js';
import { userView } from '../identity.view.js';
import { NamedLists, namedListQuery, type NamedListQuery } from '../named-lists.js';
import { notFound } from '../not-found.js';

/** Users, read-only: accounts come from the configuration. */
@Controller('identity/v3/users')
export class UsersController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(NamedLists) private readonly lists: NamedLists,
  ) {}

  @Get()
  @Policy('identity:list_users')
  async list(
    @Query(zod(namedListQuery)) query: NamedListQuery,
    @RequestUrl() url: string,
  ): Promise<object> {
    const columns = Prisma.sql`id, name, enabled`;
    const view = (user: Parameters<typeof userView>[1]): object => userView(this.links, user);
    return this.lists.answer({ table: 'users', columns, view }, query, url);
  }

  @Get(':id')
  @Policy('identity:get_user')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const user = await this.database.prisma.user.findUnique({ where: { id } });
    if (user === null || !reachesUser('identity:get_user', caller, id)) {
      throw notFound('user', id);
    }
    return { user: userView(this.links, user) };
  }
}
