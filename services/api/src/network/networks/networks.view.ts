import type { Network } from '@metalcast/db';
import type { Caller } from '../../http/access/caller.js';
import { isAllowed } from '../../policy/policy.js';
import { commonFields, ownerFields, timeFields, type View } from '../collections/view.js';

/** Administrators also see the provider's attributes. */
export function networkView(
  network: Network & { readonly subnets: readonly string[] },
  caller: Caller,
): View {
  return {
    id: network.id,
    name: network.name,
    description: network.description,
    ...ownerFields(network.projectId),
    admin_state_up: network.adminStateUp,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: network.subnets,
    shared: network.shared,
    port_security_enabled: false,
    'router:external': false,
    ...(isAllowed('get_network:provider:network_type', caller)
      ? {
          'provider:network_type': 'flat',
          'provider:physical_network': 'provisioning',
          'provider:segmentation_id': null,
        }
      : {}),
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    ...commonFields,
    ...timeFields(network.createdAt),
  };
}
