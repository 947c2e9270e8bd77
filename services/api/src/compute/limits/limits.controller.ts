import { Controller, Get, Inject } from '@nestjs/common';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { mostServerMetadata, unlimited } from '../quotas/quotas.view.js';
import { Usage } from '../usage/usage.js';

/** The usage of a project. There are no quotas, so every limit is unlimited. */
@Controller('compute/v2.1/limits')
export class LimitsController {
  constructor(@Inject(Usage) private readonly usage: Usage) {}

  @Get()
  @IgnoredQuery('reserved', 'tenant_id')
  @Policy('os_compute_api:limits')
  async limits(
    @CurrentCaller() { projectId }: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const used = await this.usage.now(projectId);
    const absolute = {
      maxTotalInstances: unlimited,
      maxTotalCores: unlimited,
      maxTotalRAMSize: unlimited,
      maxServerMeta: mostServerMetadata,
      maxTotalKeypairs: unlimited,
      maxServerGroups: unlimited,
      maxServerGroupMembers: unlimited,
      // Files are not injected.
      maxPersonality: 0,
      maxPersonalitySize: 0,
      totalInstancesUsed: used.instances,
      totalCoresUsed: used.cores,
      totalRAMUsed: used.ram,
      totalServerGroupsUsed: used.serverGroups,
      ...(version.since(36) ? {} : ofNetworks),
      ...(version.since(39) ? {} : { maxImageMeta: mostServerMetadata }),
    };
    return { limits: { rate: [], absolute } };
  }
}

const ofNetworks = {
  maxSecurityGroups: unlimited,
  maxSecurityGroupRules: unlimited,
  maxTotalFloatingIps: unlimited,
  totalSecurityGroupsUsed: 1,
  totalFloatingIpsUsed: 0,
};
