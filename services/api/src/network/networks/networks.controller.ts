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
import { type Network, type Subnet } from '@metalcast/db';
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
import { createNetworks } from './create-networks.js';
import { findNetwork, listedNetworks, lockNetworks } from './network-access.js';
import { networkList } from '../collections/network-lists.js';
import { networkChange, newNetworks } from '../network.schema.js';
import { networkView } from './networks.view.js';
import { requireFew, viewsOf } from '../collections/one-or-many.js';

type ListedNetwork = Network & { readonly subnets: readonly string[] };

/**
 * All networks are on the one flat wire of the machines, so administrators make them. As in Neutron, a network is
 * shared only on request: servers that name no network need exactly one that their project sees.
 */
@Controller('network/v2.0/networks')
export class NetworksController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Collections) private readonly collections: Collections,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Get()
  @Policy('get_network')
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return this.collections.answer<ListedNetwork>(networkList, {
      name: 'networks',
      ...{ query, url },
      visible: listedNetworks(caller),
      view: (network) => networkView(network, caller),
    });
  }

  @Get(':id')
  @IgnoredQuery('fields')
  @Policy('get_network')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const network = await findNetwork(this.database.prisma, caller, id);
    return { network: networkView(withIds(network), caller) };
  }

  @Post()
  @Policy('create_network')
  @HttpCode(201)
  async create(
    @Body(zod(newNetworks)) wanted: z.output<typeof newNetworks>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    requireFew(wanted, this.config.maxNetworkItemsPerRequest);
    const networks = await createNetworks(this.database, caller, wanted.items);
    const views = networks.map((each) => networkView({ ...each, subnets: [] }, caller));
    return viewsOf(wanted, views);
  }

  @Put(':id')
  @Policy('update_network')
  async update(
    @Param('id') id: string,
    @Body(zod(networkChange)) { network: wanted }: z.output<typeof networkChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findNetwork(this.database.prisma, caller, id);
    const { name, description, shared, mtu, admin_state_up: adminStateUp } = wanted;
    const network = await this.database.prisma.network.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(shared === undefined ? {} : { shared }),
        ...(mtu === undefined ? {} : { mtu }),
        ...(adminStateUp === undefined ? {} : { adminStateUp }),
      },
      include: { subnets: true },
    });
    return { network: networkView(withIds(network), caller) };
  }

  /** Also deletes its subnets. */
  @Delete(':id')
  @Policy('delete_network')
  @HttpCode(204)
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      await findNetwork(sql, caller, id);
      await lockNetworks(sql, [id]);
      if ((await sql.port.count({ where: { networkId: id } })) > 0) {
        const reason = `Unable to complete operation on network ${id}. There are one or more ports still in use on the network.`;
        throw new Fault('CONFLICT', { reason, type: 'NetworkInUse' });
      }
      await sql.subnet.deleteMany({ where: { networkId: id } });
      await sql.network.deleteMany({ where: { id } });
    });
  }
}

const withIds = ({ subnets, ...network }: Network & { subnets: Subnet[] }): ListedNetwork => ({
  ...network,
  subnets: subnets.map(({ id }) => id),
});
