import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { Policy } from '../../http/access/policy.decorator.js';
import { callerOf } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { Paging } from '../../http/answers/paging.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { requireProject } from '../../policy/ownership.js';
import { Usage, type ProjectUsage, type ServerUsage } from './usage.js';
import {
  isPaged,
  periodOf,
  usageListQuery,
  usageQuery,
  type UsageListQuery,
  type UsageQuery,
} from './usage.schema.js';
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
    @Query(zod(usageListQuery)) query: UsageListQuery,
    @RequestUrl() url: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const found = await this.found(query, version, {});
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
    requireProject('os_compute_api:os-simple-tenant-usage:show', callerOf(request), projectId);
    const shown = { ...query, detailed: true };
    const found = await this.found(shown, version, { projectId });
    const [project] = found.projects;
    return {
      tenant_usage: project === undefined ? {} : view(project, found, shown),
      ...this.linked('tenant_usage_links', request.url, found),
    };
  }

  /**
   * Before 2.40 the sums are of all servers; from then on of those of the page, which clients add up.
   * Fault BAD_REQUEST: an answer without pages would be longer than one.
   */
  private async found(
    query: UsageListQuery,
    version: Microversion,
    { projectId }: { readonly projectId?: string },
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
    return {
      projects: await this.whole('projects', (take) => this.usage.ofProjects(scope, take)),
      servers: query.detailed
        ? await this.whole('servers', (take) => this.usage.ofServers(scope, { take }))
        : [],
    };
  }

  /** All rows. Fault BAD_REQUEST: they are more than a page has. */
  private async whole<R>(what: string, read: (take: number) => Promise<R[]>): Promise<R[]> {
    const most = this.paging.sizeOf({});
    const rows = await read(most + 1);
    if (rows.length > most) {
      throw new Fault('BAD_REQUEST', {
        reason: `The usage is of more than ${String(most)} ${what}: ask for pages, with the microversion 2.40 or later, or for a shorter time.`,
      });
    }
    return rows;
  }

  private linked(name: string, url: string, { next }: Found): object {
    return next === undefined
      ? {}
      : { [name]: [{ rel: 'next', href: this.links.page(url, next) }] };
  }
}

function view(project: ProjectUsage, { servers }: Found, query: UsageListQuery): object {
  const own = servers.filter(({ projectId }) => projectId === project.projectId);
  return {
    ...projectUsageView(project, periodOf(query)),
    ...(query.detailed ? { server_usages: own.map(serverUsageView) } : {}),
  };
}
