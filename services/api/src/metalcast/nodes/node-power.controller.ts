import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { power } from '@metalcast/contracts';
import { findPowerCommand, requestPower } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, newMessageId, nodeInOperation, nodeLabel } from '@metalcast/domain';
import { castMessage, InjectClient, OsloRecord, type OsloClient } from '@metalcast/rpc';
import { lastValueFrom } from 'rxjs';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, messageContext, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { Nodes } from '../../nodes/nodes.js';
import { namingFaults } from './named-fault.js';
import { setPower } from './nodes.schema.js';
import { powerCommandView } from './nodes.view.js';

/** The power of a node, which is named by uuid or name. */
@Controller('metalcast/v1/nodes/:node/power')
@Policy('metalcast:nodes')
export class NodePowerController {
  constructor(
    @Inject(Nodes) private readonly nodes: Nodes,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @InjectClient(power) private readonly client: OsloClient<typeof power>,
  ) {}

  /** Reads the power state from the BMC. */
  @Get()
  async read(@Param('node') key: string, @CurrentCaller() caller: Caller): Promise<object> {
    const node = await this.nodes.find(key);
    const record = new OsloRecord({ node: node.uuid }, messageContext(caller));
    return namingFaults(node, () => lastValueFrom(this.client.send('get', record)));
  }

  /** Accepts a power command; refused while an operation works on the node. `key`: what its end is found by. */
  @Post()
  @HttpCode(202)
  async set(
    @Param('node') key: string,
    @Body(zod(setPower)) { target }: z.output<typeof setPower>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const node = await this.nodes.findToSwitch(key);
    const { uuid, epoch, operationId } = node;
    const command = { key: newMessageId(), target };
    const args = { node: uuid, epoch, ...command };
    const cast = castMessage(power, 'set', args, messageContext(caller));
    const outcome =
      operationId === null
        ? await requestPower(this.database, node, (out) => {
            out.cast(uuid, cast);
          })
        : 'busy';
    if (outcome !== 'sent') {
      throw nodeInOperation(nodeLabel(node), operationId);
    }
    return { command };
  }

  /** Shows how a power command stands, or has ended. Not found: the power service has not taken it in yet. */
  @Get('commands/:key')
  async command(@Param('node') which: string, @Param('key') key: string): Promise<object> {
    const node = await this.nodes.findToSwitch(which);
    const command = await findPowerCommand(this.database, { nodeId: node.id, key });
    if (command === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Power command', id: key });
    }
    return { command: powerCommandView(command, node) };
  }
}
