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
import { type Port } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { collectionQuery, type CollectionQuery } from '../collections/collection-query.js';
import { Collections } from '../collections/collections.js';
import { createPorts } from './create-ports.js';
import { findPort, listedPorts } from '../networks/network-access.js';
import { portList } from '../collections/network-lists.js';
import { newPorts, portChange } from '../network.schema.js';
import { portView } from './ports.view.js';
import { requireFew, viewsOf } from '../collections/one-or-many.js';

/** Ports of users; compute makes those of servers. */
@Controller('network/v2.0/ports')
export class PortsController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Collections) private readonly collections: Collections,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Get()
  @Policy('get_port')
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return this.collections.answer<Port>(portList, {
      name: 'ports',
      ...{ query, url },
      visible: listedPorts(caller),
      view: portView,
    });
  }

  @Get(':id')
  @IgnoredQuery('fields')
  @Policy('get_port')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { port: portView(await findPort(this.database.prisma, caller, id)) };
  }

  @Post()
  @Policy('create_port')
  @HttpCode(201)
  async create(
    @Body(zod(newPorts)) wanted: z.output<typeof newPorts>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    requireFew(wanted, this.config.maxNetworkItemsPerRequest);
    const ports = await createPorts(this.database, caller, wanted.items);
    return viewsOf(wanted, ports.map(portView));
  }

  @Put(':id')
  @Policy('update_port')
  async update(
    @Param('id') id: string,
    @Body(zod(portChange)) { port: wanted }: z.output<typeof portChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findPort(this.database.prisma, caller, id);
    const { name, description, admin_state_up: adminStateUp } = wanted;
    const port = await this.database.prisma.port.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(adminStateUp === undefined ? {} : { adminStateUp }),
      },
    });
    return { port: portView(port) };
  }

  /** Refused while a server has the port, or a node may still use its address. */
  @Delete(':id')
  @Policy('delete_port')
  @HttpCode(204)
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await findPort(this.database.prisma, caller, id);
    const where = { id, deviceId: '', reservedFor: null };
    const { count } = await this.database.prisma.port.deleteMany({ where });
    if (count === 0) {
      const { deviceId } = await findPort(this.database.prisma, caller, id);
      const user = deviceId === '' ? 'a node that is not confirmed off' : `server ${deviceId}`;
      const reason = `Port ${id} is in use by ${user}.`;
      throw new Fault('CONFLICT', { reason, type: 'PortInUse' });
    }
  }
}
