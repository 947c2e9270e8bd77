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
import { baremetalNodes, type BaremetalNode } from '@metalcast/db/api';
import { Fault } from '@metalcast/domain';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { jsonList, mapPages } from '../../http/answers/json-list.js';
import { Microversions } from '../../http/routing/microversion.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { Enrolments } from '../../nodes/enrolments.js';
import { NodeRemovals } from '../../nodes/node-removals.js';
import { nodeNumber } from '../../nodes/node-number.js';
import { Nodes } from '../../nodes/nodes.js';
import { createNode, listBaremetalNodes, nodeAction } from './baremetal-nodes.schema.js';
import { baremetalNodeView, interfaceView } from './baremetal-nodes.view.js';

/** The enrolment API of 2013, with its mistakes corrected. As in Nova it ends with microversion 2.35. */
@Controller('compute/v2.1/os-baremetal-nodes')
@Policy('compute_extension:baremetal_nodes')
@Microversions({ until: 35 })
export class BaremetalNodesController {
  constructor(
    @Inject(Nodes) private readonly nodes: Nodes,
    @Inject(Enrolments) private readonly enrolments: Enrolments,
    @Inject(NodeRemovals) private readonly removals: NodeRemovals,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /**
   * Without `limit` and `marker` all nodes in one answer, as the clients of 2013 expect; with them pages and
   * `nodes_links`.
   */
  @Get()
  async list(
    @Query(zod(listBaremetalNodes)) query: z.output<typeof listBaremetalNodes>,
    @RequestUrl() url: string,
  ): Promise<object> {
    const { limit, marker } = query;
    if (limit === undefined && marker === undefined) {
      return jsonList('nodes', mapPages(this.nodes.pages(baremetalNodes), baremetalNodeView));
    }
    return this.paging.answer<BaremetalNode>({
      name: 'nodes',
      ...{ query, url },
      read: (take) => this.nodes.page(baremetalNodes, { marker, take }),
      view: baremetalNodeView,
      keyOf: ({ id }) => id,
    });
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<object> {
    return { node: baremetalNodeView(await this.nodes.findNumbered(numberOf(id))) };
  }

  @Post()
  @HttpCode(200)
  async create(
    @Body(zod(createNode)) { node }: z.output<typeof createNode>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const nics =
      typeof node.prov_mac_address === 'string' ? [{ address: node.prov_mac_address }] : [];
    const enrolment = {
      uuid: node.uuid ?? undefined,
      serviceHost: node.service_host,
      cpus: node.cpus,
      memoryMb: node.memory_mb,
      localGb: node.local_gb,
      pmAddress: node.pm_address,
      pmUser: node.pm_user,
      pmPassword: node.pm_password,
      terminalPort: node.terminal_port,
    };
    return {
      node: baremetalNodeView(await this.enrolments.enrol({ enrolment, interfaces: nics }, caller)),
    };
  }

  @Delete(':id')
  @HttpCode(202)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    const { uuid } = await this.nodes.findNumbered(numberOf(id));
    await this.removals.remove([uuid], caller);
  }

  @Post(':id/action')
  @HttpCode(200)
  async action(
    @Param('id') id: string,
    @Body(zod(nodeAction)) body: z.output<typeof nodeAction>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const { uuid } = await this.nodes.findNumbered(numberOf(id));
    if ('add_interface' in body) {
      const { address, datapath_id: datapathId, port_no: portNo } = body.add_interface;
      const added = await this.nodes.addInterface(uuid, { address, datapathId, portNo });
      return { interface: interfaceView(added) };
    }
    const { id: interfaceId, address } = body.remove_interface;
    await this.nodes.removeInterface(uuid, {
      id: interfaceId ?? undefined,
      address: address ?? undefined,
    });
    reply.code(202);
    return undefined;
  }
}

/** Ids of this API are integers; no node has another id. */
function numberOf(id: string): number {
  const number = nodeNumber(id);
  if (number === undefined) {
    throw new Fault('NOT_FOUND', { what: 'Node', id });
  }
  return number;
}
