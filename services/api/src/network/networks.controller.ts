import { randomUUID } from 'node:crypto';
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
import { allRows } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { zod } from '../http/zod-pipe.js';
import { collection, collectionQuery, type CollectionQuery } from './collection.js';
import { findNetwork, lockNetwork, ownerOf, visibleNetworks } from './network-access.js';
import { networkChange, newNetwork } from './network.schema.js';
import { networkView } from './network.view.js';

/** Networks: each is the one flat wire that the machines are on, so administrators make them, shared as a rule. */
@Controller('network/v2.0/networks')
export class NetworksController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const networks = await allRows((after: { id: string } | undefined, take) =>
      this.database.prisma.network.findMany({
        where: visibleNetworks(caller),
        include: { subnets: true },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        ...(after === undefined ? {} : { cursor: { id: after.id }, skip: 1 }),
        take,
      }),
    );
    const views = networks.map((network) => networkView(network, caller.isAdmin));
    return collection('networks', views, query);
  }

  @Get(':id')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const network = await findNetwork(this.database.prisma, caller, id);
    return { network: networkView(network, caller.isAdmin) };
  }

  @Post()
  @HttpCode(201)
  @AdminOnly('create_network')
  async create(
    @Body(zod(newNetwork)) { network: wanted }: z.output<typeof newNetwork>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const network = await this.database.prisma.network.create({
      data: {
        id: randomUUID(),
        name: wanted.name,
        projectId: ownerOf(caller, wanted),
        shared: wanted.shared,
        adminStateUp: wanted.admin_state_up,
        mtu: wanted.mtu,
      },
    });
    return { network: networkView({ ...network, subnets: [] }, caller.isAdmin) };
  }

  @Put(':id')
  @AdminOnly('update_network')
  async update(
    @Param('id') id: string,
    @Body(zod(networkChange)) { network: wanted }: z.output<typeof networkChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findNetwork(this.database.prisma, caller, id);
    const { name, shared, mtu, admin_state_up: adminStateUp } = wanted;
    const network = await this.database.prisma.network.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(shared === undefined ? {} : { shared }),
        ...(mtu === undefined ? {} : { mtu }),
        ...(adminStateUp === undefined ? {} : { adminStateUp }),
      },
      include: { subnets: true },
    });
    return { network: networkView(network, caller.isAdmin) };
  }

  /** Its subnets go with it. */
  @Delete(':id')
  @HttpCode(204)
  @AdminOnly('delete_network')
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      await findNetwork(sql, caller, id);
      await lockNetwork(sql, id);
      if ((await sql.port.count({ where: { networkId: id } })) > 0) {
        const reason = `Unable to complete operation on network ${id}. There are one or more ports still in use on the network.`;
        throw new Fault('CONFLICT', { reason, type: 'NetworkInUse' });
      }
      await sql.subnet.deleteMany({ where: { networkId: id } });
      await sql.network.deleteMany({ where: { id } });
    });
  }
}
