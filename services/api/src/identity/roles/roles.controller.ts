import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { roles } from '../../policy/policy.js';
import { listView, roleView } from '../identity.view.js';
import { byDomain, byName } from '../named-lists.js';
import { notFound } from '../not-found.js';

const listQuery = z.strictObject({ ...byName, ...byDomain });

/** The roles of the policy. */
@Controller('identity/v3/roles')
export class RolesController {
  constructor(@Inject(Links) private readonly links: Links) {}

  @Get()
  @Policy('identity:list_roles')
  list(@Query(zod(listQuery)) { name, domain_id: domain }: z.output<typeof listQuery>): object {
    // Roles belong to no domain.
    const known = roles.filter((role) => domain === undefined && role === (name ?? role));
    return listView(this.links, { roles: known.map((role) => roleView(this.links, role)) });
  }

  @Get(':id')
  @Policy('identity:get_role')
  show(@Param('id') id: string): object {
    const role = roles.find((known) => known === id);
    if (role === undefined) {
      throw notFound('role', id);
    }
    return { role: roleView(this.links, role) };
  }
}
