import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { reachesProject } from '../../policy/ownership.js';
import { listView, projectView } from '../identity.view.js';
import { NamedLists, namedListQuery, type NamedListQuery } from '../named-lists.js';
import { notFound } from '../not-found.js';

/** Projects, read-only: accounts come from the configuration. */
@Controller('identity/v3')
export class ProjectsController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(NamedLists) private readonly lists: NamedLists,
  ) {}

  @Get('projects')
  @Policy('identity:list_projects')
  async list(
    @Query(zod(namedListQuery)) query: NamedListQuery,
    @RequestUrl() url: string,
  ): Promise<object> {
    const columns = Prisma.sql`id, name, description, enabled`;
    const view = (project: Parameters<typeof projectView>[1]): object =>
      projectView(this.links, project);
    return this.lists.answer({ table: 'projects', columns, view }, query, url);
  }

  @Get('projects/:id')
  @IgnoredQuery('parents_as_list', 'parents_as_ids', 'subtree_as_list', 'subtree_as_ids')
  @Policy('identity:get_project')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const project = await this.database.prisma.project.findUnique({ where: { id } });
    if (project === null || !reachesProject('identity:get_project', caller, id)) {
      throw notFound('project', id);
    }
    return { project: projectView(this.links, project) };
  }

  /** The projects for which the caller can get a token. */
  @Get('auth/projects')
  @Policy('identity:get_auth_projects')
  async ofCaller(@CurrentCaller() { userId }: Caller): Promise<object> {
    const projects = await this.database.prisma.project.findMany({
      where: { assignments: { some: { userId } }, enabled: true },
      orderBy: { name: 'asc' },
    });
    const views = projects.map((project) => projectView(this.links, project));
    return listView(this.links, { projects: views });
  }
}
