import type { NodeClaims } from '@metalcast/db/api';

/** Finds values that two nodes of one request both claim. */
export class ClaimedTwice {
  /** The claims of the request's nodes, and the place of the first claimant, from 1. */
  private readonly holders = new Map<string, number>();

  /**
   * Why the node at `place` cannot be made: an earlier node, or itself, has the same claim. Otherwise its claims are
   * noted.
   */
  reasonOf(claims: NodeClaims, place: number): string | undefined {
    const named = namesOf(claims);
    const taken = named.find(([key]) => this.holders.has(key));
    if (taken !== undefined) {
      const [key, what] = taken;
      return `${what} is that of node ${String(this.holders.get(key))} of the request too.`;
    }
    const keys = named.map(([key]) => key);
    const twice = named.find(([key], index) => keys.indexOf(key) !== index);
    if (twice !== undefined) {
      return `${twice[1]} is given twice.`;
    }
    for (const key of keys) {
      this.holders.set(key, place);
    }
    return undefined;
  }
}

/** Each claim's key, and its name for messages. */
function namesOf({ uuid, name, bmc, macs = [] }: NodeClaims): [string, string][] {
  const bmcs = bmc === undefined ? [] : [...new Set([bmc.bmcKey, ...bmc.bmcEndpoints])];
  return [
    [`uuid ${uuid}`, `The uuid ${uuid}`],
    ...(name === undefined || name === null
      ? []
      : [[`name ${name.toLowerCase()}`, `The name ${name}`] as [string, string]]),
    ...bmcs.map((key): [string, string] => [`bmc ${key}`, `The BMC ${key}`]),
    ...macs.map((mac): [string, string] => [`mac ${mac}`, `The MAC address ${mac}`]),
  ];
}
