import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Links } from '../http/links.js';
import { zod } from '../http/zod-pipe.js';
import { domainView, listView, projectView, roleView, userView } from './identity.view.js';

const byName = z.object({ name: z.string().optional() });
const roles = ['admin', 'member', 'reader', 'service'];

/** Users, projects, roles and domains, to be read: accounts come from the configuration. */
@Controller('identity/v3')
export class DirectoryController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Get('users')
  @AdminOnly('identity:list_users')
  async users(@Query(zod(byName)) { name }: z.output<typeof byName>): Promise<object> {
    const users = await this.database.prisma.user.findMany({
      where: name === undefined ? {} : { name },
      orderBy: { name: 'asc' },
    });
    return listView(
      this.links,
      'users',
      users.map((user) => userView(this.links, user)),
    );
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
  async projects(@Query(zod(byName)) { name }: z.output<typeof byName>): Promise<object> {
    const projects = await this.database.prisma.project.findMany({
      where: name === undefined ? {} : { name },
      orderBy: { name: 'asc' },
    });
    const items = projects.map((project) => projectView(this.links, project));
    return listView(this.links, 'projects', items);
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
    const items = projects.map((project) => projectView(this.links, project));
    return listView(this.links, 'projects', items);
  }

  @Get('roles')
  @AdminOnly('identity:list_roles')
  roles(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const known = roles.filter((role) => name === undefined || role === name);
    return listView(
      this.links,
      'roles',
      known.map((role) => roleView(this.links, role)),
    );
  }

  @Get('roles/:id')
  role(@Param('id') id: string): object {
    if (!roles.includes(id)) {
      throw missing('role', id);
    }
    return { role: roleView(this.links, id) };
  }

  @Get('domains')
  domains(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const items = name === undefined || name === 'Default' ? [domainView(this.links)] : [];
    return listView(this.links, 'domains', items);
  }

  @Get('domains/:id')
  domain(@Param('id') id: string): object {
    if (id !== 'default') {
      throw missing('domain', id);
    }
    return { domain: domainView(this.links) };
  }
}

const missing = (what: string, id: string): Fault =>
  new Fault('NOT_FOUND', { what, id }, { message: `Could not find ${what}: ${id}.` });
