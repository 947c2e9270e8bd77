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
import { power } from '@metalcast/contracts';
import { bootTriesOf, requestPower } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, nodeLabel } from '@metalcast/domain';
import { castMessage, rpcClient, RpcConnection, type Client } from '@metalcast/rpc';
import type { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, messageContext, type Caller } from '../http/caller.js';
import { Links } from '../http/links.js';
import { zod } from '../http/zod-pipe.js';
import { Nodes, type EnrolledNode } from '../nodes/nodes.js';
import { columns, nicOf } from './node-fields.js';
import { changeNode, listNodes, newInterface, setPower } from './nodes.schema.js';
import { namingFaults } from './named-fault.js';
import { nodeView } from './nodes.view.js';

const powerTimeoutMs = 30_000;

/** Nodes with all that 2013's API had no word for: uuid, name, state, power, change. By id, uuid or name. */
@Controller('metalcast/v1/nodes')
@AdminOnly('metalcast:nodes')
export class NodesController {
  private readonly power: Client<typeof power>;

  constructor(
    @Inject(Nodes) private readonly nodes: Nodes,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(RpcConnection) rpc: RpcConnection,
  ) {
    this.power = rpcClient(rpc, power, { timeoutMs: powerTimeoutMs });
  }

  /** At most 1000 at once; `nodes_links` says where the next ones are. */
  @Get()
  async list(
    @Query(zod(listNodes)) { limit, marker }: z.output<typeof listNodes>,
  ): Promise<object> {
    const afterId = marker === undefined ? 0 : await this.markerId(marker);
    const found = await this.nodes.page({ afterId, take: limit + 1 });
    const nodes = found.slice(0, limit);
    const next = found.length > limit ? nodes.at(-1)?.uuid : undefined;
    return {
      nodes: await this.views(nodes),
      ...(next === undefined
        ? {}
        : { nodes_links: this.links.next(['metalcast', 'v1', 'nodes'], { limit, marker: next }) }),
    };
  }

  private async view(node: EnrolledNode): Promise<object> {
    const [view] = await this.views([node]);
    return { node: view };
  }

  private async views(nodes: readonly EnrolledNode[]): Promise<object[]> {
    const ids = nodes.map(({ id }) => id);
    const tries = await bootTriesOf(this.database.prisma, ids);
    return nodes.map((node) => nodeView(node, tries.get(node.id)));
  }

  /** Fault BAD_REQUEST: a list that went on from nowhere would look whole. */
  private async markerId(marker: string): Promise<number> {
    const id = await this.nodes.idOfMarker(marker);
    if (id === undefined) {
      throw new Fault('BAD_REQUEST', { reason: `marker [${marker}] not found` });
    }
    return id;
  }

  @Get(':node')
  async show(@Param('node') key: string): Promise<object> {
    return this.view(await this.nodes.find(key));
  }

  @Patch(':node')
  async change(
    @Param('node') key: string,
    @Body(zod(changeNode)) { node }: z.output<typeof changeNode>,
    @CurrentCaller() { requestId }: Caller,
  ): Promise<object> {
    const about = { fields: Object.keys(node), requestId };
    return this.view(await this.nodes.update(key, columns(node), about));
  }

  @Delete(':node')
  @HttpCode(204)
  async remove(@Param('node') key: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.nodes.remove(key, caller);
  }

  @Post(':node/interfaces')
  async addInterface(
    @Param('node') key: string,
    @Body(zod(newInterface)) body: z.output<typeof newInterface>,
  ): Promise<object> {
    await this.nodes.addInterface(key, nicOf(body.interface));
    return this.view(await this.nodes.find(key));
  }

  /** Asks the BMC now. */
  @Get(':node/power')
  async readPower(@Param('node') key: string, @CurrentCaller() caller: Caller): Promise<object> {
    const node = await this.nodes.find(key);
    return namingFaults(node, () =>
      this.power.call.get({ node: node.uuid }, messageContext(caller)),
    );
  }

  /** Accepts a power command; refused while an operation works on the node. */
  @Post(':node/power')
  @HttpCode(202)
  async setPower(
    @Param('node') key: string,
    @Body(zod(setPower)) { target }: z.output<typeof setPower>,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    const node = await this.nodes.findToSwitch(key);
    const { uuid, epoch, operationId } = node;
    const cast = castMessage(power, 'set', { node: uuid, epoch, target }, messageContext(caller));
    const outcome =
      operationId === null
        ? await requestPower(this.database, node, (out) => {
            out.cast(uuid, cast);
          })
        : 'busy';
    if (outcome !== 'sent') {
      const work = operationId === null ? 'An operation' : `Operation ${operationId}`;
      throw new Fault('CONFLICT', {
        reason: `${work} is working on node ${nodeLabel(node)}.`,
      });
    }
  }
}
