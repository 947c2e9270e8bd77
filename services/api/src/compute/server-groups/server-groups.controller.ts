import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import type { Microversion } from '../../http/routing/microversion.js';
import { RequestVersion } from '../../http/routing/microversion.js';
import { zod } from '../../http/requests/zod-pipe.js';
import {
  createServerGroup,
  listServerGroups,
  scopeKey,
  type NewServerGroup,
} from './server-groups.schema.js';
import { ServerGroups, type ServerGroupWithMembers } from './server-groups.js';

@Controller('compute/v2.1/os-server-groups')
export class ServerGroupsController {
  constructor(@Inject(ServerGroups) private readonly groups: ServerGroups) {}

  @Get()
  @Policy('os_compute_api:os-server-groups:index')
  async list(
    @Query(zod(listServerGroups)) query: z.output<typeof listServerGroups>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const groups = await this.groups.list(query, caller);
    return { server_groups: groups.map((group) => this.view(group, version)) };
  }

  @Get(':id')
  @Policy('os_compute_api:os-server-groups:show')
  async show(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    return { server_group: this.view(await this.groups.find(id, caller), version) };
  }

  @Post()
  @Policy('os_compute_api:os-server-groups:create')
  @HttpCode(200)
  async create(
    @Body(zod(createServerGroup)) { server_group: group }: z.output<typeof createServerGroup>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    refuseEarlySoftness(group, version);
    return { server_group: this.view(await this.groups.create(group, caller), version) };
  }

  @Delete(':id')
  @Policy('os_compute_api:os-server-groups:delete')
  @HttpCode(204)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.groups.remove(id, caller);
  }

  /** The scope is shown where it is not the usual one: some clients refuse fields that Nova does not have. */
  private view(group: ServerGroupWithMembers, version: Microversion): object {
    return {
      id: group.id,
      name: group.name,
      policies: [group.policy],
      members: group.instances.map(({ uuid }) => uuid),
      metadata: {},
      ...(version.since(13) ? { project_id: group.projectId, user_id: group.userId } : {}),
      ...(group.scope === this.groups.usualScope ? {} : { [scopeKey]: group.scope }),
    };
  }
}

function refuseEarlySoftness({ policies }: NewServerGroup, version: Microversion): void {
  const soft = policies.find((policy) => policy.startsWith('soft-'));
  if (soft !== undefined && !version.since(15)) {
    const reason = `Invalid input for field/attribute server_group.policies.0: ${soft} needs microversion 2.15 or later`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}
