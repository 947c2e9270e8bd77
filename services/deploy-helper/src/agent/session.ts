import { findDeployment, type Database, type DeploymentOfNode, type Secrets } from '@metalcast/db';
import { equalSecret } from '@metalcast/domain';
import { sessionKey } from '../deployment/keys.js';
import { rejected } from './rejected.js';

interface SessionOptions {
  readonly database: Database;
  readonly secrets: Secrets;
}

/** The ramdisk that may speak for (node, epoch), by the key that it got for its hello. */
export class Session {
  constructor(private readonly options: SessionOptions) {}

  /** Fault AGENT_REJECTED. The node may be in another epoch by now: see the answer. */
  async authentic(
    of: { readonly node: string; readonly epoch: number },
    authorization: string | undefined,
  ): Promise<DeploymentOfNode> {
    const found = await findDeployment(this.options.database.prisma, of.node, of.epoch);
    const [, given] = /^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '') ?? [];
    if (found === undefined || given === undefined) {
      throw rejected(of.node, 'it has not said hello');
    }
    const { bootTry, nonceHash } = found.deployment;
    const expected = sessionKey(this.options.secrets, { ...of, bootTry, nonceHash });
    if (!equalSecret(given, expected)) {
      throw rejected(of.node, 'its session is over');
    }
    return found;
  }
}
