import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { readPage, type ListedTable } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { unsortedPageQuery } from '../../http/requests/page-query.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { domainView, listView, projectView, roleView, userView } from '../identity.view.js';
import { reachesProject, reachesUser } from '../../policy/ownership.js';

const byName = z.object({ name: z.string().optional() });
const listQuery = z.object({ ...byName.shape, ...unsortedPageQuery });
type ListQuery = z.output<typeof listQuery>;

type User = Parameters<typeof userView>[1];
type Project = Parameters<typeof projectView>[1];

const byId = { key: 'id', keyType: 'text' } as const;
const userList: ListedTable = {
  ...byId,
  table: 'users',
  columns: Prisma.raw('id, name, enabled'),
};
const projectList: ListedTable = {
  ...byId,
  table: 'projects',
  columns: Prisma.raw('id, name, description, enabled'),
};

const roles = ['admin', 'member', 'reader', 'service'];

interface Shown<R> {
  readonly list: ListedTable;
  readonly view: (row: R) => object;
}

/** Users, projects, roles and domains, read-only: accounts come from the configuration. */
@Controller('identity/v3')
export class DirectoryController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get('users')
  @Policy('identity:list_users')
  async users(@Query(zod(listQuery)) query: ListQuery, @RequestUrl() url: string): Promise<object> {
    const { shown: users, next } = await this.page(
      { list: userList, view: (user: User) => userView(this.links, user) },
      query,
      url,
    );
    return listView(this.links, { users }, next);
  }

  @Get('users/:id')
  @Policy('identity:get_user')
  async user(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const user = await this.database.prisma.user.findUnique({ where: { id } });
    if (user === null || !reachesUser('identity:get_user', caller, id)) {
      throw missing('user', id);
    }
    return { user: userView(this.links, user) };
  }

  @Get('projects')
  @Policy('identity:list_projects')
  async projects(
    @Query(zod(listQuery)) query: ListQuery,
    @RequestUrl() url: string,
  ): Promise<object> {
    const { shown: projects, next } = await this.page(
      { list: projectList, view: (project: Project) => projectView(this.links, project) },
      query,
      url,
    );
    return listView(this.links, { projects }, next);
  }

  /**
   * Sorted by name. `next` is the link to the next page, undefined on the last. Fault BAD_REQUEST: the marker is not an
   * id of the list.
   */
  private async page<R extends { readonly id: string }>(
    { list, view }: Shown<R>,
    query: ListQuery,
    url: string,
  ): Promise<{ shown: object[]; next: string | undefined }> {
    const { name, marker } = query;
    const where = name === undefined ? Prisma.sql`true` : Prisma.sql`name = ${name}`;
    const page = await this.paging.page<R>(query, {
      read: (take) => readPage(this.database, list, { where, sortedBy: ['name'], marker, take }),
      keyOf: ({ id }) => id,
    });
    const next = page.next === undefined ? undefined : this.links.page(url, page.next);
    return { shown: page.rows.map(view), next };
  }

  @Get('projects/:id')
  @Policy('identity:get_project')
  async project(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const project = await this.database.prisma.project.findUnique({ where: { id } });
    if (project === null || !reachesProject('identity:get_project', caller, id)) {
      throw missing('project', id);
    }
    return { project: projectView(this.links, project) };
  }

  /** The projects for which the caller can get a token. */
  @Get('auth/projects')
  @Policy('identity:get_auth_projects')
  async ownProjects(@CurrentCaller() { userId }: Caller): Promise<object> {
    const projects = await this.database.prisma.project.findMany({
      where: { assignments: { some: { userId } }, enabled: true },
      orderBy: { name: 'asc' },
    });
    const views = projects.map((project) => projectView(this.links, project));
    return listView(this.links, { projects: views });
  }

  @Get('roles')
  @Policy('identity:list_roles')
  roles(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const known = roles.filter((role) => name === undefined || role === name);
    return listView(this.links, { roles: known.map((role) => roleView(this.links, role)) });
  }

  @Get('roles/:id')
  @Policy('identity:get_role')
  role(@Param('id') id: string): object {
    if (!roles.includes(id)) {
      throw missing('role', id);
    }
    return { role: roleView(this.links, id) };
  }

  @Get('domains')
  @Policy('identity:list_domains')
  domains(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const domains = name === undefined || name === 'Default' ? [domainView(this.links)] : [];
    return listView(this.links, { domains });
  }

  @Get('domains/:id')
  @Policy('identity:get_domain')
  domain(@Param('id') id: string): object {
    if (id !== 'default') {
      throw missing('domain', id);
    }
    return { domain: domainView(this.links) };
  }
}

const missing = (what: string, id: string): Fault =>
  new Fault('NOT_FOUND', { what, id }, { message: `Could not find ${what}: ${id}.` });
