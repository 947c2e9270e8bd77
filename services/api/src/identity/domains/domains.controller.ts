import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { domainView, listView } from '../identity.view.js';
import { byName, byState } from '../named-lists.js';
import { notFound } from '../not-found.js';

const listQuery = z.strictObject({ ...byName, ...byState });

/** The default domain; there is no other. */
@Controller('identity/v3/domains')
export class DomainsController {
  constructor(@Inject(Links) private readonly links: Links) {}

  @Get()
  @Policy('identity:list_domains')
  list(@Query(zod(listQuery)) { name, enabled }: z.output<typeof listQuery>): object {
    const isMeant = [undefined, 'Default'].includes(name) && enabled !== false;
    const domains = isMeant ? [domainView(this.links)] : [];
    return listView(this.links, { domains });
  }

  @Get(':id')
  @Policy('identity:get_domain')
  show(@Param('id') id: string): object {
    if (id !== 'default') {
      throw notFound('domain', id);
    }
    return { domain: domainView(this.links) };
  }
}
