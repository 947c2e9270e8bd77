import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Microversions } from '../../http/routing/microversion.js';
import { Servers } from '../servers/servers.js';

const name = 'default';

const defaultGroup = (projectId: string): object => ({
  id: name,
  name,
  description: 'Filters nothing: nodes are wired to their networks without a filter.',
  tenant_id: projectId,
  rules: [],
});

/** The one security group, which every server has; read-only. */
@Controller('compute/v2.1')
export class SecurityGroupsController {
  constructor(@Inject(Servers) private readonly servers: Servers) {}

  @Get('servers/:id/os-security-groups')
  @Policy('os_compute_api:os-security-groups:list')
  async ofServer(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const { instance } = await this.servers.show(id, caller);
    return { security_groups: [defaultGroup(instance.projectId)] };
  }

  @Get('os-security-groups')
  @Policy('os_compute_api:os-security-groups:get')
  @Microversions({ until: 35 })
  list(@CurrentCaller() { projectId }: Caller): object {
    return { security_groups: [defaultGroup(projectId)] };
  }

  @Get('os-security-groups/:id')
  @Policy('os_compute_api:os-security-groups:show')
  @Microversions({ until: 35 })
  show(@Param('id') id: string, @CurrentCaller() { projectId }: Caller): object {
    if (id !== name) {
      throw new Fault('NOT_FOUND', { what: 'Security group', id });
    }
    return { security_group: defaultGroup(projectId) };
  }
}
