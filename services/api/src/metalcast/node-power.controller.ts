import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { power } from '@metalcast/contracts';
import { requestPower } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, nodeLabel } from '@metalcast/domain';
import { castMessage, rpcClient, RpcConnection, type Client } from '@metalcast/rpc';
import type { z } from 'zod';
import { AdminOnly } from '../http/access.js';
import { CurrentCaller, messageContext, type Caller } from '../http/caller.js';
import { zod } from '../http/zod-pipe.js';
import { Nodes } from '../nodes/nodes.js';
import { namingFaults } from './named-fault.js';
import { setPower } from './nodes.schema.js';

const timeoutMs = 30_000;

/** The power of a node: by uuid or name. */
@Controller('metalcast/v1/nodes/:node/power')
@AdminOnly('metalcast:nodes')
export class NodePowerController {
  private readonly power: Client<typeof power>;

  constructor(
    @Inject(Nodes) private readonly nodes: Nodes,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(RpcConnection) rpc: RpcConnection,
  ) {
    this.power = rpcClient(rpc, power, { timeoutMs });
  }

  /** Asks the BMC now. */
  @Get()
  async read(@Param('node') key: string, @CurrentCaller() caller: Caller): Promise<object> {
    const node = await this.nodes.find(key);
    return namingFaults(node, () =>
      this.power.call.get({ node: node.uuid }, messageContext(caller)),
    );
  }

  /** Accepts a power command; refused while an operation works on the node. */
  @Post()
  @HttpCode(202)
  async set(
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
