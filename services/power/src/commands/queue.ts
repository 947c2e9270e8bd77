import { bmcName, type ArgsOf, type power, type RequestContext } from '@metalcast/contracts';
import { findNodeToRead, queuePowerCommand, type Database } from '@metalcast/db';
import { newMessageId } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { enrolmentOf } from '../bmc.js';

export interface QueueOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly deadlineMs: number;
  readonly softOffDeadlineMs: number;
  /** How long a command may wait for its turn. */
  readonly queueMs: number;
  /** Called when there is something new to do. */
  readonly onQueued: () => void;
}

/** Takes power commands in. */
export class PowerCommands {
  constructor(private readonly options: QueueOptions) {}

  /**
   * Writes the command down and wakes a worker. Repeatable: the key, or the message's id, makes one row.
   * A command of another epoch than the node's is dropped: whoever sent it is not in charge of the node any more.
   */
  async queue(args: ArgsOf<typeof power, 'set'>, ctx: RequestContext): Promise<void> {
    const { database, logger, onQueued } = this.options;
    const node = await findNodeToRead(database, { uuid: args.node });
    if (node === undefined) {
      logger.warn({ node: args.node }, 'power command for an unknown node dropped');
      return;
    }
    const key = args.key ?? ctx.messageId ?? newMessageId();
    const epoch = args.epoch ?? node.epoch;
    const soft = args.target === 'soft-off';
    const outcome = await database.transaction(({ sql }) =>
      queuePowerCommand(sql, {
        key,
        nodeId: node.id,
        epoch,
        address: bmcName(enrolmentOf(node)),
        target: args.target,
        bootDevice: args.boot_device ?? null,
        requestId: ctx.requestId,
        queueMs: this.options.queueMs,
        deadlineMs: soft ? this.options.softOffDeadlineMs : this.options.deadlineMs,
      }),
    );
    logger.info({ node: node.uuid, key, epoch, target: args.target, outcome }, 'power command');
    if (outcome === 'queued') {
      onQueued();
    }
  }
}
