import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { queryText } from '../../http/requests/query-values.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { requireProject } from '../../policy/ownership.js';
import { mostServerMetadata, unlimited } from '../quotas/quotas.view.js';
import { Usage } from '../usage/usage.js';

const limitsQuery = z.strictObject({
  tenant_id: queryText.optional(),
  /** Of clients that want reserved resources counted. Nothing is reserved. */
  reserved: queryText.optional(),
});

/** The usage of a project. There are no quotas, so every limit is unlimited. */
@Controller('compute/v2.1/limits')
export class LimitsController {
  constructor(@Inject(Usage) private readonly usage: Usage) {}

  @Get()
  @Policy('os_compute_api:limits')
  async limits(
    @Query(zod(limitsQuery)) { tenant_id: asked }: z.output<typeof limitsQuery>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const projectId = asked ?? caller.projectId;
    requireProject('os_compute_api:limits', caller, projectId);
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
