import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { roles } from '../../policy/policy.js';
import { listView, roleView } from '../identity.view.js';
import { byName } from '../named-lists.js';
import { notFound } from '../not-found.js';

/** The roles of the policy. */
@Controller('identity/v3/roles')
export class RolesController {
  constructor(@Inject(Links) private readonly links: Links) {}

  @Get()
  @Policy('identity:list_roles')
  list(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const known = roles.filter((role) => name === undefined || role === name);
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
