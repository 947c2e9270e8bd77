import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { shownNodes, type ShownNode } from '@metalcast/db/api';
import { canonicalMac } from '@metalcast/domain';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { NodeChanges } from '../../nodes/node-changes.js';
import { NodeRemovals } from '../../nodes/node-removals.js';
import { Nodes } from '../../nodes/nodes.js';
import { columns, nicOf } from './node-fields.js';
import { changeNode, listNodes, newInterface } from './nodes.schema.js';
import { nodeView } from './nodes.view.js';

/** Nodes with what the API of 2013 lacks: uuid, name, state, changes. They are named by uuid or name. */
@Controller('metalcast/v1/nodes')
@Policy('metalcast:nodes')
export class NodesController {
  constructor(
    @Inject(Nodes) private readonly nodes: Nodes,
    @Inject(NodeChanges) private readonly changes: NodeChanges,
    @Inject(NodeRemovals) private readonly removals: NodeRemovals,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /** In pages; `nodes_links` has the next one. */
  @Get()
  async list(
    @Query(zod(listNodes)) query: z.output<typeof listNodes>,
    @RequestUrl() url: string,
  ): Promise<object> {
    return this.paging.answer<ShownNode>({
      name: 'nodes',
      ...{ query, url },
      read: (take) => this.nodes.page(shownNodes, { marker: query.marker, take }),
      view: nodeView,
      keyOf: ({ uuid }) => uuid,
    });
  }

  @Get(':node')
  async show(@Param('node') key: string): Promise<object> {
    return { node: nodeView(await this.nodes.find(key)) };
  }

  @Patch(':node')
  async change(
    @Param('node') key: string,
    @Body(zod(changeNode)) { node }: z.output<typeof changeNode>,
    @CurrentCaller() { requestId }: Caller,
  ): Promise<object> {
    const fields = Object.keys(node);
    const wanted = [{ key, changes: columns(node), fields }];
    const [changed] = await this.changes.apply(wanted, { requestId });
    return { node: changed && nodeView(changed) };
  }

  @Delete(':node')
  @HttpCode(204)
  async remove(@Param('node') key: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.removals.remove([key], caller);
  }

  @Post(':node/interfaces')
  async addInterface(
    @Param('node') key: string,
    @Body(zod(newInterface)) body: z.output<typeof newInterface>,
  ): Promise<object> {
    await this.nodes.addInterface(key, nicOf(body.interface));
    return { node: nodeView(await this.nodes.find(key)) };
  }

  /** By its MAC address, however it is spelt. */
  @Delete(':node/interfaces/:address')
  @HttpCode(204)
  async removeInterface(
    @Param('node') key: string,
    @Param('address') address: string,
  ): Promise<void> {
    await this.nodes.removeInterface(key, { address: canonicalMac(address) ?? address });
  }
}
