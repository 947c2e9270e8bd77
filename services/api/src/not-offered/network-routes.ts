import type { NotOffered } from './not-offered.js';

/** A list and its items, as Neutron has them. */
const items = (...names: readonly string[]): [string, string][] =>
  names.flatMap((name): [string, string][] => [
    [name, 'GET POST'],
    [`${name}/:id`, 'GET PUT DELETE'],
  ]);

/** Neutron's routes under /network/v2.0. */
export const networkRoutes: readonly NotOffered[] = [
  {
    routes: [
      ...items('routers'),
      ['routers/:id/:action', 'PUT'],
      ...items('floatingips', 'floatingips/:floatingip/port_forwardings'),
      ['floatingip_pools', 'GET'],
      ...items('routers/:router/conntrack_helpers'),
      ...items('address-scopes', 'bgp-peers', 'bgp-speakers'),
      ['auto-allocated-topology/:project', 'GET DELETE'],
    ],
    reason:
      'There are no routers and no floating IPs: a network is one segment that exists already, and its own gateway leads out of it.',
  },
  {
    routes: items('security-groups', 'security-group-rules', 'address-groups'),
    reason:
      'There are no security groups: a node is wired to its network without a filter; use a firewall in the server or in the network.',
  },
  {
    routes: items(
      ...['fwaas/firewall_groups', 'fwaas/firewall_policies', 'fwaas/firewall_rules'],
      ...['lbaas/loadbalancers', 'lbaas/listeners', 'lbaas/pools', 'lbaas/healthmonitors'],
      ...['vpn/vpnservices', 'vpn/ikepolicies', 'vpn/ipsecpolicies', 'vpn/endpoint-groups'],
      ...['vpn/ipsec-site-connections', 'metering/metering-labels'],
      ...['metering/metering-label-rules', 'bgpvpn/bgpvpns', 'sfc/port_chains', 'log/logs'],
    ),
    reason:
      'The network API has no services of the network: networks, subnets and ports are all of it.',
  },
  {
    routes: [...items('subnetpools'), ['subnetpools/:id/:action', 'PUT']],
    reason: 'There are no subnet pools: a subnet is created with its own cidr.',
  },
  {
    routes: [
      ...items('trunks', 'segments', 'network_segment_ranges'),
      ['trunks/:id/:action', 'GET PUT'],
      ...items('ports/:port/bindings'),
      ['ports/:port/bindings/:host/activate', 'PUT'],
    ],
    reason:
      'The network API does not configure switches: a port is an address on a network that is wired already.',
  },
  {
    routes: [
      ...items('qos/policies'),
      ...items(
        ...['bandwidth_limit_rules', 'dscp_marking_rules', 'minimum_bandwidth_rules'].map(
          (rules) => `qos/policies/:policy/${rules}`,
        ),
      ),
      ['qos/rule-types', 'GET'],
      ['qos/rule-types/:type', 'GET'],
    ],
    reason:
      'There are no rules for the quality of service: nothing stands between a node and its network.',
  },
  {
    routes: items('rbac-policies'),
    reason: 'A network is shared with all projects, by shared, or with none.',
  },
  {
    routes: [
      ['agents', 'GET'],
      ['agents/:id', 'GET PUT DELETE'],
      ['availability_zones', 'GET'],
      ['service-providers', 'GET'],
      ['network-ip-availabilities', 'GET'],
      ['network-ip-availabilities/:id', 'GET'],
      ...items('flavors', 'service_profiles'),
      ['log/loggable-resources', 'GET'],
    ],
    reason:
      'The network API has no agents, zones or flavors: os-services of the compute API lists the services, and ports the addresses that are taken.',
  },
  {
    routes: [
      ['quotas', 'GET'],
      ['quotas/:project', 'PUT DELETE'],
      ['quotas/:project/details', 'GET'],
      ['quotas/:project/details.json', 'GET'],
    ],
    reason: 'There are no quotas: everything is unlimited, and cannot be limited.',
  },
  {
    routes: ['networks', 'subnets', 'ports'].flatMap((name): [string, string][] => [
      [`${name}/:id/tags`, 'GET PUT DELETE'],
      [`${name}/:id/tags/:tag`, 'GET PUT DELETE'],
    ]),
    reason: 'Networks, subnets and ports have no tags: use their names.',
  },
];
