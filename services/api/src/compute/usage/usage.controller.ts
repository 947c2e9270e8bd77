import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { callerOf } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { Paging } from '../../http/answers/paging.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { reachesProject } from '../../policy/ownership.js';
import { Usage, type ProjectUsage, type ServerUsage } from './usage.js';
import { isPaged, periodOf, usageListQuery, usageQuery, type UsageQuery } from './usage.schema.js';
import { sumsOf } from './usage-sums.js';
import { projectUsageView, serverUsageView } from './usage.view.js';

/** Projects, each with those of its servers that are shown. */
interface Found {
  readonly projects: readonly ProjectUsage[];
  readonly servers: readonly ServerUsage[];
  /** The marker of the next page. */
  readonly next?: string | undefined;
}

/** What projects have used in a time, in hours. */
@Controller('compute/v2.1/os-simple-tenant-usage')
export class UsageController {
  constructor(
    @Inject(Usage) private readonly usage: Usage,
    @Inject(Paging) private readonly paging: Paging,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Get()
  @Policy('os_compute_api:os-simple-tenant-usage:list')
  async list(
    @Query(zod(usageListQuery)) query: z.output<typeof usageListQuery>,
    @RequestUrl() url: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const found = await this.found(query, version);
    return {
      tenant_usages: found.projects.map((project) => view(project, found, query)),
      ...this.linked('tenant_usages_links', url, found),
    };
  }

  /** Empty when the project used nothing, as in Nova. */
  @Get(':project')
  @Policy('os_compute_api:os-simple-tenant-usage:show')
  async show(
    @Param('project') projectId: string,
    @Query(zod(usageQuery)) query: UsageQuery,
    @Req() request: FastifyRequest,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const rule = 'os_compute_api:os-simple-tenant-usage:show';
    if (!reachesProject(rule, callerOf(request), projectId)) {
      throw new Fault('FORBIDDEN', { rule });
    }
    const found = await this.found(query, version, projectId);
    const [project] = found.projects;
    return {
      tenant_usage: project === undefined ? {} : view(project, found, { ...query, detailed: true }),
      ...this.linked('tenant_usage_links', request.url, found),
    };
  }

  /** Before 2.40 the sums are of all servers; from then on of those of the page, which clients add up. */
  private async found(
    query: UsageQuery,
    version: Microversion,
    projectId?: string,
  ): Promise<Found> {
    const scope = { ...periodOf(query), projectId };
    const { marker } = query;
    if (isPaged(query, version)) {
      const { rows, next } = await this.paging.page<ServerUsage>(query, {
        read: (take) => this.usage.ofServers(scope, { marker, take }),
        keyOf: ({ uuid }) => uuid,
      });
      return { projects: sumsOf(rows), servers: rows, next };
    }
    const take = this.paging.sizeOf({});
    return {
      projects: await this.usage.ofProjects(scope, take),
      servers: await this.usage.ofServers(scope, { take }),
    };
  }

  private linked(name: string, url: string, { next }: Found): object {
    return next === undefined
      ? {}
      : { [name]: [{ rel: 'next', href: this.links.page(url, next) }] };
  }
}

function view(
  project: ProjectUsage,
  { servers }: Found,
  query: UsageQuery & { readonly detailed: boolean },
): object {
  const own = servers.filter(({ projectId }) => projectId === project.projectId);
  return {
    ...projectUsageView(project, periodOf(query)),
    ...(query.detailed ? { server_usages: own.map(serverUsageView) } : {}),
  };
}
