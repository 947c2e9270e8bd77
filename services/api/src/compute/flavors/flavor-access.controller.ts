import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Flavor } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { requireAllowed } from '../../policy/policy.js';
import { FlavorAccess } from './flavor-access.js';
import { Flavors } from './flavors.js';

const tenant = z.strictObject({ tenant: z.string().min(1).max(255) });

const flavorAction = z.union([
  z.strictObject({ addTenantAccess: tenant }),
  z.strictObject({ removeTenantAccess: tenant }),
]);

/** Who may use a flavor that is not public. */
@Controller('compute/v2.1/flavors/:id')
export class FlavorAccessController {
  constructor(
    @Inject(Flavors) private readonly flavors: Flavors,
    @Inject(FlavorAccess) private readonly access: FlavorAccess,
  ) {}

  @Get('os-flavor-access')
  @Policy('os_compute_api:os-flavor-access')
  async list(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const flavor = await this.flavors.find(id, caller);
    if (flavor.isPublic) {
      const message = 'Access list not available for public flavors.';
      throw new Fault('NOT_FOUND', { what: 'Access list of flavor', id }, { message });
    }
    return this.view(flavor);
  }

  @Post('action')
  @Policy('os_compute_api:os-flavor-access')
  @HttpCode(200)
  async act(
    @Param('id') id: string,
    @Body(zod(flavorAction)) body: z.output<typeof flavorAction>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const flavor = await this.flavors.find(id, caller);
    if ('addTenantAccess' in body) {
      requireAllowed('os_compute_api:os-flavor-access:add_tenant_access', caller);
      if (version.since(7) && flavor.isPublic) {
        throw new Fault('CONFLICT', { reason: 'Can not add access to a public flavor.' });
      }
      await this.access.add(flavor, body.addTenantAccess.tenant);
    } else {
      requireAllowed('os_compute_api:os-flavor-access:remove_tenant_access', caller);
      await this.access.remove(flavor, body.removeTenantAccess.tenant);
    }
    return this.view(flavor);
  }

  private async view(flavor: Flavor): Promise<object> {
    const projects = await this.access.projectsOf(flavor);
    const { flavorid } = flavor;
    return { flavor_access: projects.map((tenant_id) => ({ flavor_id: flavorid, tenant_id })) };
  }
}
