import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CurrentCaller, type Caller } from '../../http/caller.js';
import { Links } from '../../http/links.js';
import { RequestVersion, type Microversion } from '../../http/microversion.js';
import { zod } from '../../http/zod-pipe.js';
import { CreateServers } from './create-server.js';
import { createServer, listServers } from './servers.schema.js';
import { Servers } from './servers.js';
import { serverLinks, serverSummary, serverView } from './servers.view.js';

@Controller('compute/v2.1/servers')
export class ServersController {
  constructor(
    @Inject(Servers) private readonly servers: Servers,
    @Inject(CreateServers) private readonly creation: CreateServers,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Get()
  async list(
    @Query(zod(listServers)) query: z.output<typeof listServers>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const servers = await this.servers.list(query, caller);
    return { servers: servers.map((server) => serverSummary(this.links, server)) };
  }

  @Get('detail')
  async detail(
    @Query(zod(listServers)) query: z.output<typeof listServers>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const servers = await this.servers.list(query, caller);
    const views = servers.map((server) => serverView(this.links, server, { caller, version }));
    return { servers: views };
  }

  @Get(':id')
  async show(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const server = await this.servers.find(id, caller);
    return { server: serverView(this.links, server, { caller, version }) };
  }

  @Post()
  @HttpCode(202)
  async create(
    @Body(zod(createServer)) server: z.output<typeof createServer>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { first, reservationId, adminPass } = await this.creation.create(server, caller);
    if (server.return_reservation_id) {
      return { reservation_id: reservationId };
    }
    reply.header('location', this.links.at('compute', 'v2.1', 'servers', first));
    return {
      server: {
        id: first,
        links: serverLinks(this.links, first),
        'OS-DCF:diskConfig': 'MANUAL',
        security_groups: [{ name: 'default' }],
        adminPass,
      },
    };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.servers.delete(id, caller);
  }
}
