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
import { allocatePort, allRows, type Sql } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { zod } from '../http/zod-pipe.js';
import { collection, collectionQuery, type CollectionQuery } from './collection.js';
import {
  findNetwork,
  findPort,
  ownerOf,
  requireNetworkOwner,
  visiblePorts,
} from './network-access.js';
import { newPort, portChange } from './network.schema.js';
import { portView } from './network.view.js';

/** Ports that users make; those of servers are made by compute. */
@Controller('network/v2.0/ports')
export class PortsController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(
    @Query(zod(collectionQuery)) query: CollectionQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const ports = await allRows((after: { id: string } | undefined, take) =>
      this.database.prisma.port.findMany({
        where: visiblePorts(caller),
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        ...(after === undefined ? {} : { cursor: { id: after.id }, skip: 1 }),
        take,
      }),
    );
    return collection('ports', ports.map(portView), query);
  }

  @Get(':id')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { port: portView(await findPort(this.database.prisma, caller, id)) };
  }

  @Post()
  @HttpCode(201)
  async create(
    @Body(zod(newPort)) { port: wanted }: z.output<typeof newPort>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    if (!caller.isAdmin && (wanted.device_id !== '' || wanted.device_owner !== '')) {
      throw new Fault('FORBIDDEN', { rule: 'create_port:device_id' });
    }
    const [fixedIp] = wanted.fixed_ips;
    const port = await this.database.transaction(async ({ sql }) => {
      const network = await findNetwork(sql, caller, wanted.network_id);
      if (fixedIp?.ip_address !== undefined) {
        requireNetworkOwner(caller, network, 'create_port:fixed_ips:ip_address');
      }
      if (wanted.mac_address !== undefined) {
        requireNetworkOwner(caller, network, 'create_port:mac_address');
        await refuseMacOfNode(sql, wanted.mac_address);
      }
      return allocatePort(sql, {
        networkId: wanted.network_id,
        mac: wanted.mac_address,
        subnetId: fixedIp?.subnet_id,
        fixedIp: fixedIp?.ip_address,
        projectId: ownerOf(caller, wanted),
        name: wanted.name,
        deviceId: wanted.device_id,
        deviceOwner: wanted.device_owner,
        adminStateUp: wanted.admin_state_up,
      });
    });
    return { port: portView(port) };
  }

  @Put(':id')
  async update(
    @Param('id') id: string,
    @Body(zod(portChange)) { port: wanted }: z.output<typeof portChange>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await findPort(this.database.prisma, caller, id);
    const { name, admin_state_up: adminStateUp } = wanted;
    const port = await this.database.prisma.port.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(adminStateUp === undefined ? {} : { adminStateUp }),
      },
    });
    return { port: portView(port) };
  }

  /** Not while a server has it, nor while a node may still use its address. */
  @Delete(':id')
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

/** A node brings its MAC to the ports of its servers: one that had it already would keep them from it. */
async function refuseMacOfNode(sql: Sql, mac: string): Promise<void> {
  if ((await sql.interface.count({ where: { address: mac } })) > 0) {
    throw new Fault('CONFLICT', {
      reason: `The mac address ${mac} is a node's.`,
      type: 'MacAddressInUse',
    });
  }
}
