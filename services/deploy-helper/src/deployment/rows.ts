import type { Database, Deployment, Outgoing } from '@metalcast/db';
import {
  changeDeployment,
  readDeployment,
  type DeploymentChange,
  type DeploymentKey,
  type DeploymentOfNode,
} from '@metalcast/db/deploy-helper';
import type { DeploymentState } from '@metalcast/domain';
import type { DeploymentNews } from './news.js';

/** How a decision changes its deployment, and what it announces. */
export interface Proposal extends DeploymentChange {
  /** `changed`: the row as it will be, but for its times. */
  readonly tell?: (out: Outgoing, changed: Deployment) => void;
  /** Somebody waits for it, maybe at another helper. */
  readonly isAwaited?: boolean;
}

/** By the row as it stands; undefined: there is nothing to change. Throws what the caller shall hear. Called once more when it stood on an old memory. */
export type Decide = (
  view: DeploymentOfNode | undefined,
) => Promise<Proposal | undefined> | Proposal | undefined;

const mostRemembered = 4096;
/** What was seen so lately need not be read again by who is told of changes. */
const recentMs = 5000;
/** Whoever loses so often meets more than another's change. */
const triesAtMost = 5;

interface RowsOptions {
  readonly database: Database;
  readonly news: DeploymentNews;
  /** Tells the other helpers that the node's deployment has changed. */
  readonly hint: (node: string) => void;
}

/**
 * The deployments that this process has seen last, as it saw them. Memory may be old: what is decided by it changes the row only
 * if all that it stood on holds; what would be refused or left by it is decided again by the row.
 */
export class DeploymentRows {
  /** By node: the deployment of it that was seen last. */
  private readonly known = new Map<string, { view: DeploymentOfNode; at: number }>();

  constructor(private readonly options: RowsOptions) {}

  /** As it was when this process saw it last. */
  remembered(key: DeploymentKey): DeploymentOfNode | undefined {
    return this.knownOf(key)?.view;
  }

  /** Somebody else has changed what is known of the node. */
  forget(node: string): void {
    this.known.delete(node);
  }

  /** Whether what is known of the node may be wrong, now that it is in this epoch. */
  mayHaveLeft(node: string, epoch: number | undefined): boolean {
    return this.known.get(node)?.view.node.epoch !== epoch;
  }

  async read(key: DeploymentKey): Promise<DeploymentOfNode | undefined> {
    const view = await readDeployment(this.options.database, key);
    if (view === undefined) {
      this.forget(key.node);
    } else if (this.remember(view)) {
      // Whoever waits would not be told by its change any more: it is what this process knows.
      this.options.news.tell(view.node.uuid);
    }
    return view;
  }

  /** As it was a moment ago, for who is told of changes. */
  async recent(key: DeploymentKey): Promise<DeploymentOfNode | undefined> {
    const known = this.knownOf(key);
    return known !== undefined && performance.now() - known.at < recentMs
      ? known.view
      : this.read(key);
  }

  /** This process has changed it: those who wait shall see. False: nobody here waits. */
  learn(view: DeploymentOfNode): boolean {
    this.remember(view);
    return this.options.news.tell(view.node.uuid);
  }

  /** Whether it is newer than what was known before. A read that a change has overtaken is not remembered. */
  private remember(view: DeploymentOfNode): boolean {
    const { uuid } = view.node;
    const changedAt = view.deployment.updatedAt.getTime();
    const knownAt = this.knownOf(keyOf(view))?.view.deployment.updatedAt.getTime() ?? 0;
    if (changedAt < knownAt) {
      return false;
    }
    this.known.delete(uuid);
    this.known.set(uuid, { view, at: performance.now() });
    if (this.known.size > mostRemembered) {
      const [oldest] = this.known.keys();
      this.known.delete(oldest ?? uuid);
    }
    return knownAt > 0 && changedAt > knownAt;
  }

  private knownOf({ node, epoch }: DeploymentKey) {
    const known = this.known.get(node);
    return known?.view.deployment.epoch === epoch ? known : undefined;
  }

  /** Changes it and tells those who wait; undefined: it was not as in `view`, which is forgotten. */
  async change(view: DeploymentOfNode, proposal: Proposal): Promise<DeploymentOfNode | undefined> {
    const { tell, isAwaited, ...change } = proposal;
    const changed = await changeDeployment(this.options.database, view, change, tell);
    if (changed === undefined) {
      this.forget(view.node.uuid);
      return undefined;
    }
    if (!this.learn(changed) && isAwaited === true) {
      this.options.hint(view.node.uuid);
    }
    return changed;
  }

  /** Decides until the decision stands; returns the row after it. One statement where memory is right. */
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
      // The row may say otherwise.
      return undefined;
    }
    return proposal === undefined ? undefined : this.change(view, proposal);
  }
}

const nameOf = ({ node, epoch }: DeploymentKey): string => `${node}/${epoch}`;

/** Which deployment it is. */
export const keyOf = ({ node, deployment }: DeploymentOfNode): DeploymentKey => ({
  node: node.uuid,
  epoch: deployment.epoch,
});

/** Whether it is in the state, and its node still in its epoch. */
export const isAt = (state: DeploymentState, view: DeploymentOfNode | undefined): boolean =>
  view?.deployment.state === state && view.node.epoch === view.deployment.epoch;
