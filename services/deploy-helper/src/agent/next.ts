import type { AgentCommand } from '@metalcast/contracts';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import type { Deriver } from '@metalcast/keys';
import { chapOf, targetName } from '../deployment/keys.js';
import type { DeploymentSignals } from '../deployment/signals.js';
import { nextCommand } from './next-command.js';
import type { Session } from './session.js';

export interface NextQuery {
  readonly node: string;
  readonly epoch: number;
}

interface NextOptions {
  readonly agent: Deriver;
  readonly session: Session;
  readonly signals: DeploymentSignals;
  /** How long a request is held open while there is nothing to do. */
  readonly holdMs: number;
}

/** Answers the ramdisk's question for its next command, as soon as there is one. */
export class Next {
  constructor(private readonly options: NextOptions) {}

  /**
   * When no signal arrives in time, the answer comes from the row itself: signals may be lost. `hangUp` ends the wait
   * when the caller has gone. Fault AGENT_REJECTED. Idempotent.
   */
  async command(
    query: NextQuery,
    authorization: string | undefined,
    hangUp: AbortSignal,
  ): Promise<AgentCommand> {
    const until = performance.now() + this.options.holdMs;
    const { session, signals } = this.options;
    const subscription = signals.listen(query.node);
    try {
      let view = await session.recent(query, authorization);
      for (let isOver = false; ;) {
        const command = this.commandOf(query.node, view);
        if (command.command !== 'wait' || isOver || hangUp.aborted || signals.closed) {
          return command;
        }
        await subscription.next(Math.max(0, until - performance.now()), hangUp);
        isOver = performance.now() >= until;
        view = await (isOver
          ? session.read(query, authorization)
          : session.recent(query, authorization));
      }
    } finally {
      subscription.close();
    }
  }

  private commandOf(uuid: string, { deployment, node }: DeploymentOfNode): AgentCommand {
    const of = { ...deployment, node: uuid };
    const target = { iqn: targetName(of), ...chapOf(this.options.agent, of) };
    return nextCommand({ deployment, nodeEpoch: node.epoch, target });
  }
}
