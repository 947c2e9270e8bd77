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
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { zod } from '../http/zod-pipe.js';
import { collection, collectionQuery, type CollectionQuery } from './collection.js';
import { findSubnet, lockNetwork, visibleNetworks } from './network-access.js';
import { newSubnet, subnetChange } from './network.schema.js';
import { subnetView } from './network.view.js';
import { createSubnet } from './create-subnet.js';

@Controller('network/v2.0/subnets')
export class SubnetsController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const subnets = await this.database.prisma.subnet.findMany({
      where: { network: visibleNetworks(caller) },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return collection('subnets', subnets.map(subnetView), query);
  }

  @Get(':id')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { subnet: subnetView(await findSubnet(this.database.prisma, caller, id)) };
  }

  @Post()
  @HttpCode(201)
  @AdminOnly('create_subnet')
  async create(
    @Body(zod(newSubnet)) { subnet: wanted }: z.output<typeof newSubnet>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return { subnet: subnetView(await createSubnet(this.database, caller, wanted)) };
  }

  @Put(':id')
  @AdminOnly('update_subnet')
  async update(
    @Param('id') id: string,
    @Body(zod(subnetChange)) { subnet: wanted }: z.output<typeof subnetChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findSubnet(this.database.prisma, caller, id);
    const { name, enable_dhcp: enableDhcp, dns_nameservers: dnsNameservers } = wanted;
    const subnet = await this.database.prisma.subnet.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(enableDhcp === undefined ? {} : { enableDhcp }),
        ...(dnsNameservers === undefined ? {} : { dnsNameservers }),
      },
    });
    return { subnet: subnetView(subnet) };
  }

  @Delete(':id')
  @HttpCode(204)
  @AdminOnly('delete_subnet')
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      const { networkId } = await findSubnet(sql, caller, id);
      await lockNetwork(sql, networkId);
      if ((await sql.port.count({ where: { subnetId: id } })) > 0) {
        const reason = `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`;
        throw new Fault('CONFLICT', { reason, type: 'SubnetInUse' });
      }
      await sql.subnet.deleteMany({ where: { id } });
    });
  }
}
