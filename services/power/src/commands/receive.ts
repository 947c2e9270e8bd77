import type { ArgsOf, power, PowerTarget, RequestContext } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import {
  receivePowerCommand,
  type ClaimedPowerCommand,
  type NewPowerCommand,
  type ReceivedPowerCommand,
} from '@metalcast/db/power';
import { Fault, isFromOperation, newMessageId } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { answerRefusal, refusalOf } from './refuse.js';
import type { WorkerSlot, PowerWorker } from './worker.js';

export interface ReceiveOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Undefined: this process carries out no commands. */
  readonly worker: Pick<PowerWorker, 'takeSlot' | 'wake' | 'supersede'> | undefined;
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
   * message's id, makes one row. A command of another epoch than the node's, or for a node that an operation works on,
   * is refused; an operation knows by itself that it has lost the node, anybody else is answered. Fault NOT_FOUND.
   */
  async receive(args: ArgsOf<typeof power, 'set'>, ctx: RequestContext): Promise<void> {
    const { database, logger, worker } = this.options;
    const { node, target } = args;
    const key = args.key ?? ctx.messageId ?? newMessageId();
    const command = {
      ...{ key, node, target, requestId: ctx.requestId },
      ...{ epoch: args.epoch ?? null, bootDevice: args.boot_device ?? null },
      ...this.limits(target),
    };
    const received = await this.takeIn(command, worker?.takeSlot());
    if (received.outcome === 'unknown') {
      this.unknown(command);
      return;
    }
    const { epoch, outcome } = received;
    const fault = refusalOf(command, received);
    if (fault === undefined) {
      this.goOn(command, outcome);
    } else if (outcome === 'busy' || !isFromOperation(command)) {
      await answerRefusal(database, command, { epoch, fault });
    }
    logger.info({ node, key, epoch, target, outcome }, 'power command');
  }

  /** An operation's node may have been removed since. Anybody else's command goes to the dead letters. */
  private unknown(command: NewPowerCommand): void {
    const { key, node } = command;
    if (!isFromOperation(command)) {
      throw new Fault('NOT_FOUND', { what: 'node', id: node });
    }
    this.options.logger.warn({ node, key }, 'power command for an unknown node dropped');
  }

  private goOn(command: NewPowerCommand, outcome: ReceivedPowerCommand['outcome']): void {
    const { worker } = this.options;
    if (outcome === 'deferred') {
      worker?.supersede(command);
      // The command that it waits for may have ended just now, before it could see this one.
      worker?.wake();
    } else if (outcome === 'repeated') {
      // The process that stored it may have died before it could look for work.
      worker?.wake();
    }
  }

  private async takeIn(
    command: NewPowerCommand,
    slot: WorkerSlot | undefined,
  ): Promise<ReceivedPowerCommand> {
    const askedAt = performance.now();
    let taken: ClaimedPowerCommand | undefined;
    try {
      const received = await receivePowerCommand(this.options.database, command, slot?.holder);
      taken = received.outcome === 'taken' ? received.command : undefined;
      return received;
    } finally {
      if (taken === undefined) {
        slot?.giveBack();
      } else {
        slot?.use(taken, askedAt);
      }
    }
  }

  private limits(target: PowerTarget): Pick<NewPowerCommand, 'queueMs' | 'deadlineMs'> {
    const { queueMs, deadlineMs, softOffDeadlineMs } = this.options;
    return { queueMs, deadlineMs: target === 'soft-off' ? softOffDeadlineMs : deadlineMs };
  }
}
