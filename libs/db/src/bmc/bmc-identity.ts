import { isUniqueViolation } from '../database/conflicts.js';
import type { Database } from '../database/database.js';
import type { Node } from '../generated/client.js';

/** By what the BMC of a node is known. */
export interface BmcIdentity {
  readonly bmcKey: string;
  /** Addresses that it answers at, as keys; empty while its name is not resolved. */
  readonly bmcEndpoints: readonly string[];
}

export type NamedNode = Pick<Node, 'uuid' | 'name'>;

/** The other node that has this BMC, if any. */
async function findBmcHolder(
  database: Database,
  uuid: string,
  { bmcKey, bmcEndpoints }: BmcIdentity,
): Promise<NamedNode | undefined> {
  const [holder] = await database.sql.$queryRaw<NamedNode[]>`
    SELECT uuid, name FROM nodes
     WHERE deleted_at IS NULL AND uuid <> ${uuid}::uuid
       AND (bmc_key = ${bmcKey} OR bmc_endpoints && ${[...bmcEndpoints]}::text[])
     ORDER BY id LIMIT 1`;
  return holder;
}

export type BmcClaim =
  /** The row's version by now. */
  { readonly version: number } | { readonly holder: NamedNode } | 'changed';

/**
 * Stores the identity of the node's BMC, unless another node has it; a unique index decides between simultaneous
 * claims. `changed`: the node's enrolment has changed meanwhile. Idempotent.
 */
export async function claimBmc(
  database: Database,
  node: Pick<Node, 'id' | 'uuid' | 'powerDriver' | 'pmAddress' | 'pmOptions'>,
  identity: BmcIdentity,
): Promise<BmcClaim> {
  try {
    const [row] = await database.sql.$queryRaw<{ version: number }[]>`
      UPDATE nodes SET bmc_key = ${identity.bmcKey}, bmc_endpoints = ${[...identity.bmcEndpoints]}::text[]
       WHERE id = ${node.id} AND deleted_at IS NULL AND power_driver = ${node.powerDriver}
         AND pm_address = ${node.pmAddress} AND pm_options = ${JSON.stringify(node.pmOptions)}::jsonb
      RETURNING version`;
    return row ?? 'changed';
  } catch (error) {
    const holder = isUniqueViolation(error)
      ? await findBmcHolder(database, node.uuid, identity)
      : undefined;
    if (holder === undefined) {
      throw error;
    }
    return { holder };
  }
}
