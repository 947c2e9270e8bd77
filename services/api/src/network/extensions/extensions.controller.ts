import { Controller, Get, Param } from '@nestjs/common';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { missing } from '../networks/network-access.js';
import { requireProject } from '../../policy/ownership.js';

const updated = '2013-07-23T10:00:00-00:00';

const extensions = [
  { alias: 'provider', name: 'Provider Network', description: 'Shows the wire of a network' },
  { alias: 'net-mtu', name: 'Network MTU', description: 'Shows the MTU of a network' },
  { alias: 'quotas', name: 'Quota management support', description: 'Shows quotas' },
  { alias: 'project-id', name: 'project_id field enabled', description: 'project_id is tenant_id' },
  {
    alias: 'standard-attr-timestamp',
    name: 'Resource timestamps',
    description: 'created_at and updated_at of all resources',
  },
].map((extension) => ({ ...extension, updated, links: [] }));

const unlimited = -1;
const quota = {
  network: unlimited,
  subnet: unlimited,
  port: unlimited,
  subnetpool: 0,
  router: 0,
  floatingip: 0,
  rbac_policy: 0,
  security_group: 0,
  security_group_rule: 0,
};

/** The extensions and quotas that clients read before they use networks. */
@Controller('network/v2.0')
export class ExtensionsController {
  @Get('extensions')
  @IgnoredQuery('fields')
  @Policy('metalcast:network_extensions')
  list(): object {
    return { extensions };
  }

  @Get('extensions/:alias')
  @IgnoredQuery('fields')
  @Policy('metalcast:network_extensions')
  show(@Param('alias') alias: string): object {
    const extension = extensions.find((known) => known.alias === alias);
    if (extension === undefined) {
      throw missing('Extension', alias);
    }
    return { extension };
  }

  @Get(['quotas/:project', 'quotas/:project/default'])
  @IgnoredQuery('fields')
  @Policy('get_quota')
  quotas(@Param('project') project: string, @CurrentCaller() caller: Caller): object {
    requireProject('get_quota', caller, project);
    return { quota };
  }
}
