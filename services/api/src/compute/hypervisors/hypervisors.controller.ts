import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { jsonList, mapPages } from '../../http/answers/json-list.js';
import type { Microversion } from '../../http/routing/microversion.js';
import { RequestVersion } from '../../http/routing/microversion.js';
import { unsortedNovaPageQuery } from '../../http/requests/page-query.js';
import { Paging, type ListAnswer } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { Hypervisors, type Hypervisor } from './hypervisors.js';
import { hypervisorSummary, hypervisorView } from './hypervisors.view.js';

const listHypervisors = z.strictObject(unsortedNovaPageQuery);
type ListHypervisors = z.output<typeof listHypervisors>;

/** Shows nodes as hypervisors, with their uuids. */
@Controller('compute/v2.1/os-hypervisors')
@Policy('os_compute_api:os-hypervisors')
export class HypervisorsController {
  constructor(
    @Inject(Hypervisors) private readonly hypervisors: Hypervisors,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  async list(
    @RequestVersion() version: Microversion,
    @Query(zod(listHypervisors)) query: ListHypervisors,
    @RequestUrl() url: string,
  ): Promise<object> {
    return this.listed(version, { query, url, view: hypervisorSummary });
  }

  @Get('detail')
  async detail(
    @RequestVersion() version: Microversion,
    @Query(zod(listHypervisors)) query: ListHypervisors,
    @RequestUrl() url: string,
  ): Promise<object> {
    const view = (hypervisor: Hypervisor): object => hypervisorView(hypervisor, version);
    return this.listed(version, { query, url, view });
  }

  @Get('statistics')
  async statistics(): Promise<object> {
    return {
      hypervisor_statistics: { ...(await this.hypervisors.totals()), disk_available_least: 0 },
    };
  }

  @Get(':id')
  async show(@Param('id') id: string, @RequestVersion() version: Microversion): Promise<object> {
    return { hypervisor: hypervisorView(await this.hypervisors.find(id), version) };
  }

  @Get(':id/uptime')
  async uptime(@Param('id') id: string): Promise<never> {
    await this.hypervisors.find(id);
    throw new Fault('NOT_IMPLEMENTED', { reason: 'A bare-metal node does not tell its uptime.' });
  }

  @Get(':pattern/search')
  async search(@Param('pattern') pattern: string): Promise<object> {
    return jsonList('hypervisors', mapPages(this.matching(pattern), hypervisorSummary));
  }

  /** The servers of each matching node. In 2013 it listed the servers of the node's whole host. */
  @Get(':pattern/servers')
  async servers(@Param('pattern') pattern: string): Promise<object> {
    return jsonList('hypervisors', this.withServers(this.matching(pattern)));
  }

  /** In pages from 2.33 on, as in Nova; before that all of them. */
  private async listed(
    version: Microversion,
    list: Pick<ListAnswer<Hypervisor>, 'url' | 'view'> & { readonly query: ListHypervisors },
  ): Promise<object> {
    if (!version.since(33)) {
      requireNoPage(list.query);
      return jsonList('hypervisors', mapPages(this.hypervisors.pages(), list.view));
    }
    return this.paging.answer({
      name: 'hypervisors',
      ...list,
      read: (take) => this.hypervisors.page(list.query.marker, take),
      keyOf: ({ node: { id } }) => id,
    });
  }

  private async *withServers(pages: AsyncGenerator<Hypervisor[]>): AsyncGenerator<object[]> {
    for await (const page of pages) {
      const uuids = page.flatMap(({ node }) => node.instanceUuid ?? []);
      const instances = await this.database.prisma.instance.findMany({
        where: { uuid: { in: uuids } },
        select: { uuid: true, displayName: true },
      });
      const named = new Map(instances.map(({ uuid, displayName }) => [uuid, displayName]));
      yield page.map((hypervisor) => {
        const uuid = hypervisor.node.instanceUuid ?? '';
        const name = named.get(uuid);
        const servers = name === undefined ? [] : [{ uuid, name }];
        return { ...hypervisorSummary(hypervisor), servers };
      });
    }
  }

  private async *matching(pattern: string): AsyncGenerator<Hypervisor[]> {
    let found = false;
    for await (const page of this.hypervisors.pages(pattern.toLowerCase())) {
      found = true;
      yield page;
    }
    if (!found) {
      throw new Fault('NOT_FOUND', { what: 'Hypervisor matching', id: pattern });
    }
  }
}

function requireNoPage({ limit, marker }: ListHypervisors): void {
  if (limit !== undefined || marker !== undefined) {
    const reason = 'limit and marker need the microversion 2.33 or later.';
    throw new Fault('BAD_REQUEST', { reason });
  }
}
