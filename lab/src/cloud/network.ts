import type { Session } from '@metalcast/cloud-client';
import { z } from 'zod';
import { provisioning, type ProvisioningNetwork } from '../rack/network.js';

const name = 'provisioning';
const networks = z.object({ networks: z.array(z.object({ id: z.string() })) });
const network = z.object({ network: z.object({ id: z.string() }) });
const subnets = z.object({ subnets: z.array(z.object({ id: z.string() })) });

/** Creates the flat network on the nodes' wire. Idempotent. */
export async function ensureNetwork(
  session: Session,
  { cidr, address, pool }: ProvisioningNetwork = provisioning,
): Promise<void> {
  const id = await ensure(session);
  const path = `/v2.0/subnets?network_id=${id}`;
  const known = subnets.parse(await session.request({ api: 'network', path }));
  if (known.subnets.length === 0) {
    const subnet = {
      network_id: id,
      name,
      ip_version: 4,
      cidr,
      gateway_ip: address,
      allocation_pools: [pool],
      enable_dhcp: true,
    };
    await session.request({
      api: 'network',
      method: 'POST',
      path: '/v2.0/subnets',
      body: { subnet },
    });
  }
}

async function ensure(session: Session): Promise<string> {
  const path = `/v2.0/networks?name=${name}`;
  const known = networks.parse(await session.request({ api: 'network', path }));
  const [first] = known.networks;
  if (first !== undefined) {
    return first.id;
  }
  const body = { network: { name, shared: true } };
  const answer = await session.request({
    api: 'network',
    method: 'POST',
    path: '/v2.0/networks',
    body,
  });
  return network.parse(answer).network.id;
}
