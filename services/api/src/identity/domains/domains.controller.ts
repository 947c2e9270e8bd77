import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { Links } from '../../http/answers/links.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { domainView, listView } from '../identity.view.js';
import { byName } from '../named-lists.js';
import { notFound } from '../not-found.js';

/** The default domain; there is no other. */
@Controller('identity/v3/domains')
export class DomainsController {
  constructor(@Inject(Links) private readonly links: Links) {}

  @Get()
  @Policy('identity:list_domains')
  list(@Query(zod(byName)) { name }: z.output<typeof byName>): object {
    const domains = name === undefined || name === 'Default' ? [domainView(this.links)] : [];
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
