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
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { requireKnownStatus } from './known-status.js';
import { CreateServers } from './create/create-server.js';
import type { ServerName, ServerWithPorts } from './server-rows.js';
import { createServer, listServers } from './servers.schema.js';
import { Servers } from './servers.js';
import { serverLinks, serverSummary, serverView } from './servers.view.js';

@Controller('compute/v2.1/servers')
export class ServersController {
  constructor(
    @Inject(Servers) private readonly servers: Servers,
    @Inject(CreateServers) private readonly creation: CreateServers,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  @Policy('os_compute_api:servers:index')
  async list(
    @Query(zod(listServers)) query: z.output<typeof listServers>,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    requireKnownStatus(query, version);
    return this.paging.answer<ServerName>({
      name: 'servers',
      ...{ query, url },
      read: (take) => this.servers.names(query, caller, take),
      view: (server) => serverSummary(this.links, server),
      keyOf: ({ uuid }) => uuid,
    });
  }

  @Get('detail')
  @Policy('os_compute_api:servers:detail')
  async detail(
    @Query(zod(listServers)) query: z.output<typeof listServers>,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    requireKnownStatus(query, version);
    return this.paging.answer<ServerWithPorts>({
      name: 'servers',
      ...{ query, url },
      read: (take) => this.servers.list(query, caller, take),
      view: (server) => serverView(this.links, server, { caller, version }),
      keyOf: ({ instance: { uuid } }) => uuid,
    });
  }

  @Get(':id')
  @Policy('os_compute_api:servers:show')
  async show(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const server = await this.servers.show(id, caller);
    return { server: serverView(this.links, server, { caller, version }) };
  }

  @Post()
  @Policy('os_compute_api:servers:create')
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
  @Policy('os_compute_api:servers:delete')
  @HttpCode(204)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.servers.delete(id, caller);
  }
}
