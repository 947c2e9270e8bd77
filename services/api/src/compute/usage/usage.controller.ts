import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { reachesProject } from '../../policy/ownership.js';
import { Usage, type ProjectUsage } from './usage.js';
import { periodOf, usageListQuery, usageQuery } from './usage.schema.js';
import { projectUsageView, serverUsageView } from './usage.view.js';

/** What projects have used in a time, in hours. */
@Controller('compute/v2.1/os-simple-tenant-usage')
export class UsageController {
  constructor(@Inject(Usage) private readonly usage: Usage) {}

  @Get()
  @Policy('os_compute_api:os-simple-tenant-usage:list')
  async list(@Query(zod(usageListQuery)) query: z.output<typeof usageListQuery>): Promise<object> {
    const period = periodOf(query);
    const projects = await this.usage.ofProjects(period);
    const servers = query.detailed ? await this.usage.ofServers(period) : [];
    const serversOf = ({ projectId }: ProjectUsage): object[] =>
      servers.filter((server) => server.projectId === projectId).map(serverUsageView);
    return {
      tenant_usages: projects.map((project) => ({
        ...projectUsageView(project, period),
        ...(query.detailed ? { server_usages: serversOf(project) } : {}),
      })),
    };
  }

  /** Empty when the project used nothing, as in Nova. */
  @Get(':project')
  @Policy('os_compute_api:os-simple-tenant-usage:show')
  async show(
    @Param('project') projectId: string,
    @Query(zod(usageQuery)) query: z.output<typeof usageQuery>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const rule = 'os_compute_api:os-simple-tenant-usage:show';
    if (!reachesProject(rule, caller, projectId)) {
      throw new Fault('FORBIDDEN', { rule });
    }
    const period = periodOf(query);
    const [project] = await this.usage.ofProjects(period, projectId);
    if (project === undefined) {
      return { tenant_usage: {} };
    }
    const servers = await this.usage.ofServers(period, projectId);
    return {
      tenant_usage: {
        ...projectUsageView(project, period),
        server_usages: servers.map(serverUsageView),
      },
    };
  }
}
