import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { queryText } from '../../http/requests/query-values.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { requireProject } from '../../policy/ownership.js';
import { Usage } from '../usage/usage.js';
import { quotasIn } from './quotas.view.js';

/** A user of the project has the same: nothing is limited. */
const quotaQuery = z.strictObject({ user_id: queryText.optional() });
type QuotaQuery = z.output<typeof quotaQuery>;

/** OpenStack's SDK sends an argument of its own method, which Nova ignores. */
const showQuery = quotaQuery.extend({ usage: queryText.optional() });

/** There are no quotas; clients are told so in Nova's form. */
@Controller('compute/v2.1/os-quota-sets/:project')
export class QuotasController {
  constructor(@Inject(Usage) private readonly usage: Usage) {}

  @Get()
  @Policy('os_compute_api:os-quota-sets:show')
  show(
    @Param('project') id: string,
    @Query(zod(showQuery)) _query: z.output<typeof showQuery>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): object {
    requireProject('os_compute_api:os-quota-sets:show', caller, id);
    return { quota_set: { id, ...Object.fromEntries(quotasIn(version)) } };
  }

  @Get('defaults')
  @Policy('os_compute_api:os-quota-sets:defaults')
  defaults(@Param('project') id: string, @RequestVersion() version: Microversion): object {
    return { quota_set: { id, ...Object.fromEntries(quotasIn(version)) } };
  }

  @Get('detail')
  @Policy('os_compute_api:os-quota-sets:detail')
  async detail(
    @Param('project') id: string,
    @Query(zod(quotaQuery)) _query: QuotaQuery,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    requireProject('os_compute_api:os-quota-sets:detail', caller, id);
    const { instances, cores, ram, serverGroups } = await this.usage.now(id);
    const used = new Map(Object.entries({ instances, cores, ram, server_groups: serverGroups }));
    const details = [...quotasIn(version)].map(([name, limit]) => [
      name,
      { limit, in_use: used.get(name) ?? 0, reserved: 0 },
    ]);
    return { quota_set: { id, ...(Object.fromEntries(details) as object) } };
  }
}
