import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { readPage, type ListedTable } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Links } from '../http/links.js';
import { unsortedPageQuery } from '../http/page-query.js';
import { queryBoolean, queryText } from '../http/query-values.js';
import { Paging } from '../http/paging.js';
import { RequestUrl } from '../http/request-url.js';
import { zod } from '../http/zod-pipe.js';
import { domainView, listView, projectView, roleView, userView } from './identity.view.js';

/** Stricter than Keystone, which passes over what it cannot filter by, and answers more than was asked for. */
const byName = { name: queryText.optional() };
const byDomain = { ...byName, domain_id: queryText.optional() };
const byState = { enabled: queryBoolean.optional() };
const listQuery = z.strictObject({ ...byDomain, ...byState, ...unsortedPageQuery });
const rolesQuery = z.strictObject(byDomain);
const domainsQuery = z.strictObject({ ...byName, ...byState });
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

const domainId = 'default';
const roles = ['admin', 'member', 'reader', 'service'];

interface Shown<R> {
  readonly list: ListedTable;
  readonly view: (row: R) => object;
}

/** Users, projects, roles and domains, to be read: accounts come from the configuration. */
@Controller('identity/v3')
export class DirectoryController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get('users')
  @AdminOnly('identity:list_users')
  async users(@Query(zod(listQuery)) query: ListQuery, @RequestUrl() url: string): Promise<object> {
    const { shown: users, next } = await this.page(
      { list: userList, view: (user: User) => userView(this.links, user) },
      query,
      url,
    );
    return listView(this.links, { users }, next);
  }

  @Get('users/:id')
  async user(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const user = await this.database.prisma.user.findUnique({ where: { id } });
    if (user === null || !(caller.isAdmin || caller.userId === id)) {
      throw missing('user', id);
    }
    return { user: userView(this.links, user) };
  }

  @Get('projects')
  @AdminOnly('identity:list_projects')
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
   * By their names; the link goes to the next page, undefined on the last. Fault BAD_REQUEST: an unknown marker (an
   * id).
   */
  private async page<R extends { readonly id: string }>(
    { list, view }: Shown<R>,
    query: ListQuery,
    url: string,
  ): Promise<{ shown: object[]; next: string | undefined }> {
    const { marker } = query;
    const where = filterOf(query);
    const { rows, isLast } = await this.paging.page(query, (take) =>
      readPage<R>(this.database, list, { where, sortedBy: ['name'], marker, take }),
    );
    const last = rows.at(-1);
    const [link] = isLast || last === undefined ? [] : this.links.next(url, last.id);
    return { shown: rows.map(view), next: link?.href };
  }

  @Get('projects/:id')
  async project(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const project = await this.database.prisma.project.findUnique({ where: { id } });
    if (project === null || !(caller.isAdmin || caller.projectId === id)) {
      throw missing('project', id);
    }
    return { project: projectView(this.links, project) };
  }

  /** The projects that the caller may ask a token for. */
  @Get('auth/projects')
  async ownProjects(@CurrentCaller() { userId }: Caller): Promise<object> {
    const projects = await this.database.prisma.project.findMany({
      where: { assignments: { some: { userId } }, enabled: true },
      orderBy: { name: 'asc' },
    });
    const views = projects.map((project) => projectView(this.links, project));
    return listView(this.links, { projects: views });
  }

  @Get('roles')
  @AdminOnly('identity:list_roles')
  roles(@Query(zod(rolesQuery)) { name, domain_id: domain }: z.output<typeof rolesQuery>): object {
    // Roles belong to no domain.
    const known = roles.filter((role) => domain === undefined && [undefined, role].includes(name));
    return listView(this.links, { roles: known.map((role) => roleView(this.links, role)) });
  }

  @Get('roles/:id')
  role(@Param('id') id: string): object {
    if (!roles.includes(id)) {
      throw missing('role', id);
    }
    return { role: roleView(this.links, id) };
  }

  @Get('domains')
  domains(@Query(zod(domainsQuery)) query: z.output<typeof domainsQuery>): object {
    const isMeant = [undefined, 'Default'].includes(query.name) && query.enabled !== false;
    const domains = isMeant ? [domainView(this.links)] : [];
    return listView(this.links, { domains });
  }

  @Get('domains/:id')
  domain(@Param('id') id: string): object {
    if (id !== domainId) {
      throw missing('domain', id);
    }
    return { domain: domainView(this.links) };
  }
}

function filterOf({ name, domain_id: domain, enabled }: ListQuery): Prisma.Sql {
  const conditions = [
    ...(name === undefined ? [] : [Prisma.sql`name = ${name}`]),
    // All are in the one domain.
    ...(domain === undefined ? [] : [Prisma.sql`${domain === domainId}`]),
    ...(enabled === undefined ? [] : [Prisma.sql`enabled = ${enabled}`]),
  ];
  return Prisma.join([Prisma.sql`true`, ...conditions], ' AND ');
}

const missing = (what: string, id: string): Fault =>
  new Fault('NOT_FOUND', { what, id }, { message: `Could not find ${what}: ${id}.` });
