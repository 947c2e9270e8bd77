import { bmcEndpoint, bmcKey, connectsToIp, type BmcEndpoint } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { claimBmc, type BmcIdentity } from '@metalcast/db/bmc';
import { Fault, isIpAddress, nodeLabel } from '@metalcast/domain';
import { enrolmentOf, misconfigured, type EnrolledNode } from './bmc.js';
import { resolveHost } from './resolve-host.js';

export interface IdentifiedBmc<N extends EnrolledNode> {
  /** The node with the present version of its row. */
  readonly node: N;
  /** The address that the driver must use: an IP address if the driver uses host names. */
  readonly address: string;
}

/**
 * Finds the BMC that the node's enrolment names at this moment, and checks that no other node has it. To be called
 * before any request to the BMC. Faults: POWER_MISCONFIGURED, POWER_NAME_UNKNOWN, POWER_UNREACHABLE (no name server
 * answered), POWER_BMC_SHARED.
 */
export async function identifyBmc<N extends EnrolledNode>(
  database: Database,
  node: N,
  signal?: AbortSignal,
): Promise<IdentifiedBmc<N>> {
  const endpoint = bmcEndpoint(enrolmentOf(node));
  if (endpoint === undefined) {
    throw misconfigured(node);
  }
  const hosts = await addressesOf(node, endpoint, signal);
  const identity = {
    bmcKey: bmcKey(endpoint),
    bmcEndpoints: hosts.map((host) => bmcKey(endpoint, host)).sort(),
  };
  const version = isKnown(node, identity)
    ? node.version
    : await claim(database, node, { identity, address: endpoint.address });
  const address = connectsToIp(node.powerDriver) ? hosts[0] : undefined;
  return { node: { ...node, version, ...identity }, address: address ?? endpoint.address };
}

async function addressesOf(
  node: EnrolledNode,
  { host }: BmcEndpoint,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const hosts = isIpAddress(host) ? [host] : await resolveHost(host, signal);
  if (hosts === 'unknown') {
    throw new Fault('POWER_NAME_UNKNOWN', { node: node.uuid, address: host });
  }
  if (hosts === 'silent') {
    const evidence = [
      `no name server gave an IP address of ${host} on the host of the power service`,
    ];
    throw new Fault('POWER_UNREACHABLE', { node: node.uuid, address: host }, { evidence });
  }
  return hosts;
}

const isKnown = (node: EnrolledNode, { bmcKey: key, bmcEndpoints }: BmcIdentity): boolean =>
  node.bmcKey === key && node.bmcEndpoints.join(' ') === bmcEndpoints.join(' ');

async function claim(
  database: Database,
  node: EnrolledNode,
  { identity, address }: { readonly identity: BmcIdentity; readonly address: string },
): Promise<number> {
  const claimed = await claimBmc(database, node, identity);
  if (claimed === 'changed') {
    throw new Fault('CANCELLED', { reason: `the BMC of node ${node.uuid} is enrolled anew` });
  }
  if ('holder' in claimed) {
    const other = nodeLabel(claimed.holder);
    throw new Fault('POWER_BMC_SHARED', { node: node.uuid, address, other });
  }
  return claimed.version;
}
