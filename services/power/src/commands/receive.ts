import type { ArgsOf, power, PowerTarget, RequestContext } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import {
  receivePowerCommand,
  type ClaimedPowerCommand,
  type NewPowerCommand,
  type ReceivedPowerCommand,
} from '@metalcast/db/power';
import { newMessageId } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import type { Place, PowerWorker } from './worker.js';

export interface ReceiveOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Undefined: this process carries out no commands. */
  readonly worker: Pick<PowerWorker, 'takePlace' | 'wake' | 'supersede'> | undefined;
  readonly deadlineMs: number;
  readonly softOffDeadlineMs: number;
  /** How long a command may wait for its turn. */
  readonly queueMs: number;
}

/** Receives power commands. */
export class PowerCommands {
  constructor(private readonly options: ReceiveOptions) {}

  /**
   * Stores the command and begins it, if there is room and no other command comes first. Idempotent: the key, or the
   * message's id, makes one row. A command of another epoch than the node's is dropped, because its sender is no longer
   * in charge of the node.
   */
  async receive(args: ArgsOf<typeof power, 'set'>, ctx: RequestContext): Promise<void> {
    const { logger, worker } = this.options;
    const { node, target } = args;
    const key = args.key ?? ctx.messageId ?? newMessageId();
    const command = {
      ...{ key, node, target, requestId: ctx.requestId },
      ...{ epoch: args.epoch ?? null, bootDevice: args.boot_device ?? null },
      ...this.limits(target),
    };
    const received = await this.takeIn(command, worker?.takePlace());
    switch (received.outcome) {
      case 'unknown':
        logger.warn({ node }, 'power command for an unknown node dropped');
        return;
      case 'deferred':
        worker?.supersede(command);
        // The command that it waits for may have ended just now, before it could see this one.
        worker?.wake();
        break;
      case 'repeated':
        // The process that stored it may have died before it could look for work.
        worker?.wake();
        break;
      default:
        break;
    }
    const { epoch, outcome } = received;
    logger.info({ node, key, epoch, target, outcome }, 'power command');
  }

  private async takeIn(
    command: NewPowerCommand,
    place: Place | undefined,
  ): Promise<ReceivedPowerCommand> {
    const askedAt = performance.now();
    let taken: ClaimedPowerCommand | undefined;
    try {
      const received = await receivePowerCommand(this.options.database, command, place?.holder);
      taken = received.outcome === 'taken' ? received.command : undefined;
      return received;
    } finally {
      if (taken === undefined) {
        place?.giveBack();
      } else {
        place?.use(taken, askedAt);
      }
    }
  }

  private limits(target: PowerTarget): Pick<NewPowerCommand, 'queueMs' | 'deadlineMs'> {
    const { queueMs, deadlineMs, softOffDeadlineMs } = this.options;
    return { queueMs, deadlineMs: target === 'soft-off' ? softOffDeadlineMs : deadlineMs };
  }
}
