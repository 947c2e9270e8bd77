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
import { type Subnet } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import type { ApiConfig } from '../../config.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { collectionQuery, type CollectionQuery } from '../collections/collection-query.js';
import { Collections } from '../collections/collections.js';
import { createSubnets } from './create-subnets.js';
import { findSubnet, listedSubnets, lockNetworks } from '../networks/network-access.js';
import { subnetList } from '../collections/network-lists.js';
import { newSubnets, subnetChange } from '../network.schema.js';
import { subnetView } from './subnets.view.js';
import { requireFew, viewsOf } from '../collections/one-or-many.js';

@Controller('network/v2.0/subnets')
export class SubnetsController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Collections) private readonly collections: Collections,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Get()
  @Policy('get_subnet')
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return this.collections.answer<Subnet>(subnetList, {
      name: 'subnets',
      ...{ query, url },
      visible: listedSubnets(caller),
      view: subnetView,
    });
  }

  @Get(':id')
  @IgnoredQuery('fields')
  @Policy('get_subnet')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { subnet: subnetView(await findSubnet(this.database.prisma, caller, id)) };
  }

  @Post()
  @Policy('create_subnet')
  @HttpCode(201)
  async create(
    @Body(zod(newSubnets)) wanted: z.output<typeof newSubnets>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    requireFew(wanted, this.config.maxNetworkItemsPerRequest);
    const subnets = await createSubnets(this.database, caller, wanted.items);
    return viewsOf(wanted, subnets.map(subnetView));
  }

  @Put(':id')
  @Policy('update_subnet')
  async update(
    @Param('id') id: string,
    @Body(zod(subnetChange)) { subnet: wanted }: z.output<typeof subnetChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findSubnet(this.database.prisma, caller, id);
    const { name, description, enable_dhcp: enableDhcp } = wanted;
    const { dns_nameservers: dnsNameservers } = wanted;
    const subnet = await this.database.prisma.subnet.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(enableDhcp === undefined ? {} : { enableDhcp }),
        ...(dnsNameservers === undefined ? {} : { dnsNameservers }),
      },
    });
    return { subnet: subnetView(subnet) };
  }

  @Delete(':id')
  @Policy('delete_subnet')
  @HttpCode(204)
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      const { networkId } = await findSubnet(sql, caller, id);
      await lockNetworks(sql, [networkId]);
      if ((await sql.port.count({ where: { subnetId: id } })) > 0) {
        const reason = `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`;
        throw new Fault('CONFLICT', { reason, type: 'SubnetInUse' });
      }
      await sql.subnet.deleteMany({ where: { id } });
    });
  }
}
