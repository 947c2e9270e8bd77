import type { DeploymentKey, DeploymentOfNode } from '@metalcast/db/deploy-helper';
import type { Deriver } from '@metalcast/keys';
import { isSessionKey } from '../deployment/keys.js';
import type { DeploymentRows } from '../deployment/rows.js';
import { rejected } from './rejected.js';

interface SessionOptions {
  readonly rows: DeploymentRows;
  readonly agent: Deriver;
}

/** Checks that the caller is the ramdisk of (node, epoch), by the key from its hello. */
export class Session {
  constructor(private readonly options: SessionOptions) {}

  /**
   * The row, which may be a moment old. Fault AGENT_REJECTED. The node may be in another epoch by now: the answer says
   * so.
   */
  async recent(key: DeploymentKey, authorization: string | undefined): Promise<DeploymentOfNode> {
    const recent = await this.options.rows.recent(key);
    return recent !== undefined && this.isOf(recent, authorization)
      ? recent
      : this.read(key, authorization);
  }

  /** The row, read now. Faults as `recent`. */
  async read(key: DeploymentKey, authorization: string | undefined): Promise<DeploymentOfNode> {
    return this.checked(key, await this.options.rows.read(key), authorization);
  }

  /** The row, if the caller is the ramdisk that the row names. Faults as `recent`. */
  checked(
    { node }: DeploymentKey,
    view: DeploymentOfNode | undefined,
    authorization: string | undefined,
  ): DeploymentOfNode {
    if (view === undefined || authorization === undefined) {
      throw rejected(node, 'it has not said hello');
    }
    if (!this.isOf(view, authorization)) {
      throw rejected(node, 'its session is over');
    }
    return view;
  }

  private isOf({ node, deployment }: DeploymentOfNode, authorization: string | undefined): boolean {
    const [, given] = /^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '') ?? [];
    const { epoch, bootTry, nonceHash } = deployment;
    const of = { node: node.uuid, epoch, bootTry, nonceHash };
    return given !== undefined && isSessionKey(this.options.agent, of, given);
  }
}
