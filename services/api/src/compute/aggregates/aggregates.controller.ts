import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import {
  aggregateAction,
  changeAggregate,
  createAggregate,
  listAggregates,
} from './aggregates.schema.js';
import { Aggregates } from './aggregates.js';
import { aggregateView, newAggregateView, type AggregateWithHosts } from './aggregates.view.js';

/** A named group of nodes, with metadata for the filters. A member is a compute host or a node. */
@Controller('compute/v2.1/os-aggregates')
@Policy('os_compute_api:os-aggregates')
export class AggregatesController {
  constructor(
    @Inject(Aggregates) private readonly aggregates: Aggregates,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  async list(
    @Query(zod(listAggregates)) query: z.output<typeof listAggregates>,
    @RequestUrl() url: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    return this.paging.answer<AggregateWithHosts>({
      name: 'aggregates',
      ...{ query, url },
      read: (take) => this.aggregates.page({ marker: query.marker, take }),
      view: (aggregate) => aggregateView(aggregate, version),
      keyOf: ({ id }) => id,
    });
  }

  @Get(':id')
  async show(@Param('id') id: string, @RequestVersion() version: Microversion): Promise<object> {
    return { aggregate: aggregateView(await this.aggregates.find(id), version) };
  }

  @Post()
  @HttpCode(200)
  async create(
    @Body(zod(createAggregate)) { aggregate }: z.output<typeof createAggregate>,
    @CurrentCaller() { requestId }: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const created = await this.aggregates.create(aggregate, requestId);
    return { aggregate: newAggregateView(created, version) };
  }

  @Put(':id')
  async update(
    @Param('id') id: string,
    @Body(zod(changeAggregate)) { aggregate }: z.output<typeof changeAggregate>,
    @CurrentCaller() { requestId }: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const updated = await this.aggregates.update(id, aggregate, requestId);
    return { aggregate: aggregateView(updated, version) };
  }

  @Delete(':id')
  @HttpCode(200)
  async remove(@Param('id') id: string, @CurrentCaller() { requestId }: Caller): Promise<void> {
    await this.aggregates.remove(id, requestId);
  }

  @Post(':id/action')
  @HttpCode(200)
  async action(
    @Param('id') id: string,
    @Body(zod(aggregateAction)) body: z.output<typeof aggregateAction>,
    @CurrentCaller() { requestId }: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    return { aggregate: aggregateView(await this.act(id, body, requestId), version) };
  }

  private act(
    id: string,
    body: z.output<typeof aggregateAction>,
    requestId: string,
  ): ReturnType<Aggregates['find']> {
    if ('add_host' in body) {
      return this.aggregates.addHost(id, body.add_host.host, requestId);
    }
    return 'remove_host' in body
      ? this.aggregates.removeHost(id, body.remove_host.host, requestId)
      : this.aggregates.setMetadata(id, body.set_metadata.metadata, requestId);
  }
}
