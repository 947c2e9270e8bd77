import { findTaken, type NodeClaims, type TakenClaims } from '@metalcast/db/api';
import type { ModelDatabase } from '@metalcast/db/models';
import { nodeLabel } from '@metalcast/domain';

/** Which of the node's claims another node has, after the database said that one has. */
export async function takenReason(database: ModelDatabase, claims: NodeClaims): Promise<string> {
  const [taken] = await findTaken(database, [claims]);
  const found = taken && heldReason(claims, { ...taken, uuid: false });
  // The holder may have been removed meanwhile.
  return found ?? 'Another node has this value already.';
}

/** Why the node cannot have what it claims; undefined when it can. */
export function heldReason(claims: NodeClaims, taken: TakenClaims): string | undefined {
  const { bmc, uuid, mac, name } = taken;
  if (bmc !== null) {
    return `The BMC ${claims.bmc?.bmcKey ?? ''} is that of node ${nodeLabel(bmc)} already; one that controls two nodes would switch off the other's server.`;
  }
  if (uuid) {
    return 'Another node has this uuid already.';
  }
  if (mac !== null) {
    const who = mac.uuid === claims.uuid ? 'The node itself' : `Node ${nodeLabel(mac)}`;
    return `${who} has the MAC address ${mac.address} already.`;
  }
  return name === null ? undefined : `Node ${nodeLabel(name)} has this name already.`;
}
