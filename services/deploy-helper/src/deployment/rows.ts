import type { Database, Deployment, Outgoing } from '@metalcast/db';
import {
  changeDeployment,
  readDeployment,
  type DeploymentChange,
  type DeploymentKey,
  type DeploymentOfNode,
} from '@metalcast/db/deploy-helper';
import type { DeploymentState } from '@metalcast/domain';
import type { DeploymentSignals } from './signals.js';

/** The changes of a decision, and the messages that announce them. */
export interface Proposal extends DeploymentChange {
  /** `changed`: the row after the change, without its times. */
  readonly tell?: (out: Outgoing, changed: Deployment) => void;
  /** Somebody waits for the change, perhaps at another helper. */
  readonly isAwaited?: boolean;
}

/**
 * Decides by the given row; undefined: there is nothing to change. Throws what the caller must hear. Called again with
 * a fresh row when it threw or changed nothing by an old memory.
 */
export type Decide = (
  view: DeploymentOfNode | undefined,
) => Promise<Proposal | undefined> | Proposal | undefined;

const mostRemembered = 4096;
/** What was read so recently is fresh enough for a reader that is woken by each change. */
const recentMs = 5000;
/** More lost races than this are not caused by concurrent changes. */
const triesAtMost = 5;

interface RowsOptions {
  readonly database: Database;
  readonly signals: DeploymentSignals;
  /** Notifies the other helpers that the node's deployment has changed. */
  readonly hint: (node: string) => void;
}

/**
 * Remembers the deployments that this process has seen last. The memory may be old. A change that was decided by it is
 * stored only if all that the decision depended on still holds. A refusal, and a decision to change nothing, are
 * decided again by the row.
 */
export class DeploymentRows {
  /** By node: the deployment that was seen last. */
  private readonly known = new Map<string, { view: DeploymentOfNode; at: number }>();

  constructor(private readonly options: RowsOptions) {}

  /** The row as this process last saw it. */
  remembered(key: DeploymentKey): DeploymentOfNode | undefined {
    return this.knownOf(key)?.view;
  }

  /** Another process has changed the row of the node. */
  forget(node: string): void {
    this.known.delete(node);
  }

  /** Whether the remembered row may be wrong, now that the node is in `epoch`. */
  mayHaveLeft(node: string, epoch: number | undefined): boolean {
    return this.known.get(node)?.view.node.epoch !== epoch;
  }

  async read(key: DeploymentKey): Promise<DeploymentOfNode | undefined> {
    const asked = performance.now();
    const view = await readDeployment(this.options.database, key);
    if (view === undefined) {
      this.forget(key.node);
    } else if (this.rememberRead(view, asked)) {
      // From now on its change is already known here, so it would wake nobody: wake those who wait now.
      this.options.signals.notify(view.node.uuid);
    }
    return view;
  }

  /** The row, which may be a moment old: for readers that are woken by each change. */
  async recent(key: DeploymentKey): Promise<DeploymentOfNode | undefined> {
    const known = this.knownOf(key);
    return known !== undefined && performance.now() - known.at < recentMs
      ? known.view
      : this.read(key);
  }

  /**
   * Remembers the row that this process changed, and wakes those who wait. False: nobody in this process waits. If
   * another change was learned since this one was asked for, the next reader sees which is the later.
   */
  learn(view: DeploymentOfNode, asked = performance.now()): boolean {
    const known = this.knownOf(keyOf(view));
    if (known !== undefined && known.at > asked) {
      this.forget(view.node.uuid);
    } else {
      this.remember(view);
    }
    return this.options.signals.notify(view.node.uuid);
  }

  /**
   * Returns whether the row is another than the remembered one. A read that began before that one was learned, and that
   * it may have overtaken, is not remembered. The rows' own times do not tell: the database's clock may go back.
   */
  private rememberRead(view: DeploymentOfNode, asked: number): boolean {
    const known = this.knownOf(keyOf(view));
    if (known !== undefined && known.at > asked) {
      return false;
    }
    this.remember(view);
    return known !== undefined && +view.deployment.updatedAt !== +known.view.deployment.updatedAt;
  }

  private remember(view: DeploymentOfNode): void {
    const { uuid } = view.node;
    this.known.delete(uuid);
    this.known.set(uuid, { view, at: performance.now() });
    if (this.known.size > mostRemembered) {
      const [oldest] = this.known.keys();
      this.known.delete(oldest ?? uuid);
    }
  }

  private knownOf({ node, epoch }: DeploymentKey) {
    const known = this.known.get(node);
    return known?.view.deployment.epoch === epoch ? known : undefined;
  }

  /** Changes the row and wakes those who wait. Undefined: the row was not as in `view`; the memory of it is dropped. */
  async change(view: DeploymentOfNode, proposal: Proposal): Promise<DeploymentOfNode | undefined> {
    const { tell, isAwaited, ...change } = proposal;
    const asked = performance.now();
    const changed = await changeDeployment(this.options.database, view, change, tell);
    if (changed === undefined) {
      this.forget(view.node.uuid);
      return undefined;
    }
    if (!this.learn(changed, asked) && isAwaited === true) {
      this.options.hint(view.node.uuid);
    }
    return changed;
  }

  /** Decides until a decision can be stored; returns the row after it. One statement when the memory is right. */
  async settle(key: DeploymentKey, decide: Decide): Promise<DeploymentOfNode | undefined> {
    const byMemory = await this.tryByMemory(key, decide);
    if (byMemory !== undefined) {
      return byMemory;
    }
    for (let tries = 1; tries <= triesAtMost; tries += 1) {
      const view = await this.read(key);
      const proposal = await decide(view);
      if (proposal === undefined || view === undefined) {
        return view;
      }
      const changed = await this.change(view, proposal);
      if (changed !== undefined) {
        return changed;
      }
    }
    throw new Error(`deployment ${nameOf(key)} changes too fast`);
  }

  private async tryByMemory(
    key: DeploymentKey,
    decide: Decide,
  ): Promise<DeploymentOfNode | undefined> {
    const view = this.remembered(key);
    if (view === undefined) {
      return undefined;
    }
    let proposal: Proposal | undefined;
    try {
      proposal = await decide(view);
    } catch {
      // The fresh row may lead to another decision.
      return undefined;
    }
    return proposal === undefined ? undefined : this.change(view, proposal);
  }
}

const nameOf = ({ node, epoch }: DeploymentKey): string => `${node}/${epoch}`;

export const keyOf = ({ node, deployment }: DeploymentOfNode): DeploymentKey => ({
  node: node.uuid,
  epoch: deployment.epoch,
});

/** Whether the deployment is in the state, and its node still in its epoch. */
export const isAt = (state: DeploymentState, view: DeploymentOfNode | undefined): boolean =>
  view?.deployment.state === state && view.node.epoch === view.deployment.epoch;
