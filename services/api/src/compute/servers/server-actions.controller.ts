import { compute } from '@metalcast/contracts';
import { requestAction } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, type NodeAction } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, messageContext, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { refusalOf } from '../../not-offered/server-actions.js';
import { Servers } from './servers.js';

const rebootType = z
  .string()
  .max(4)
  .transform((type) => type.toUpperCase())
  .pipe(z.enum(['SOFT', 'HARD']));

/** Of an action that is refused by its name, what it is asked with does not matter. */
const anAction = z
  .object({ reboot: z.strictObject({ type: rebootType }).optional() })
  .catchall(z.unknown());

/** Actions on a server (Compute API, "Servers - run an action"). */
@Controller('compute/v2.1/servers/:id/action')
export class ServerActionsController {
  constructor(
    @Inject(Servers) private readonly servers: Servers,
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
  ) {}

  /** Faults: BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, CONFLICT, INVALID_STATE. */
  @Post()
  @Policy('os_compute_api:servers:reboot')
  @HttpCode(202)
  async run(
    @Param('id') id: string,
    @Body(zod(anAction)) body: z.output<typeof anAction>,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    const [name, another] = Object.keys(body);
    if (name === undefined || another !== undefined) {
      throw new Fault('BAD_REQUEST', { reason: 'The body must name exactly one action.' });
    }
    const instance = await this.servers.find(id, 'os_compute_api:servers:reboot', caller);
    if (body.reboot !== undefined) {
      const action = body.reboot.type === 'HARD' ? 'rebootHard' : 'rebootSoft';
      return this.accept(instance.uuid, action, caller);
    }
    throw refusalOf(name);
  }

  /** Starts the action's operation and wakes compute. */
  private async accept(uuid: string, action: NodeAction, caller: Caller): Promise<void> {
    const context = messageContext(caller);
    await this.database.transaction(async ({ sql, out }) => {
      const { id } = await requestAction(sql, uuid, action, context);
      out.cast(uuid, castMessage(compute, 'advance', { operation_id: id }, context));
    });
  }
}
