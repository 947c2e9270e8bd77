import type { NotOffered } from './not-offered.js';

/** As Nova: its proxies of other APIs end here. */
const proxies = { until: 35 };

const noVolumes = 'There are no volumes: a server has the disks of its node.';
const noFloatingIps =
  'There are no floating IPs: a server is reached at the addresses of its own ports.';
const goneFromNova = 'Nova itself has removed this.';

/** Nova's routes under /compute/v2.1. */
export const computeRoutes: readonly NotOffered[] = [
  {
    routes: [['servers/:id', 'PUT']],
    reason: 'A server keeps its name and its description: they are set when it is created.',
  },
  {
    routes: [
      ['servers/:id/metadata', 'GET POST PUT'],
      ['servers/:id/metadata/:key', 'GET PUT DELETE'],
    ],
    reason:
      'The metadata of a server is set when it is created, and cannot be changed; GET /servers/{id} shows it.',
  },
  {
    routes: [
      ['servers/:id/tags', 'GET PUT DELETE'],
      ['servers/:id/tags/:tag', 'GET PUT DELETE'],
    ],
    reason: 'Servers have no tags: use the metadata that is given when a server is created.',
    microversions: { since: 26 },
  },
  {
    routes: [
      ['servers/:id/ips', 'GET'],
      ['servers/:id/ips/:network', 'GET'],
    ],
    reason: 'Addresses have no list of their own: GET /servers/{id} shows them.',
  },
  {
    routes: [
      ['servers/:id/os-interface', 'GET POST'],
      ['servers/:id/os-interface/:port', 'GET DELETE'],
    ],
    reason:
      'The network cards of a node cannot be attached or detached: networks are named when a server is created; the network API lists its ports by device_id.',
  },
  {
    routes: [['servers/:id/os-virtual-interfaces', 'GET']],
    reason: 'The network API lists the ports of a server by device_id.',
    microversions: { until: 43 },
  },
  {
    routes: [
      ['servers/:id/os-volume_attachments', 'GET POST'],
      ['servers/:id/os-volume_attachments/:volume', 'GET PUT DELETE'],
      ['os-volumes', 'GET POST'],
      ['os-volumes/detail', 'GET'],
      ['os-volumes/:id', 'GET DELETE'],
      ['os-snapshots', 'GET POST'],
      ['os-snapshots/detail', 'GET'],
      ['os-snapshots/:id', 'GET DELETE'],
      ['os-volumes_boot', 'GET POST'],
      ['os-volumes_boot/detail', 'GET'],
      ['os-volumes_boot/:id', 'GET PUT DELETE'],
      ['os-volumes_boot/:id/action', 'POST'],
      ['os-assisted-volume-snapshots', 'POST'],
      ['os-assisted-volume-snapshots/:id', 'DELETE'],
    ],
    reason: noVolumes,
  },
  {
    routes: [
      ['servers/:id/consoles', 'GET POST'],
      ['servers/:id/consoles/:console', 'GET DELETE'],
      ['servers/:id/remote-consoles', 'POST'],
      ['os-console-auth-tokens/:id', 'GET'],
    ],
    reason:
      'A node has no console that this API can show: use the remote console of its management controller.',
  },
  {
    routes: [
      ['servers/:id/diagnostics', 'GET'],
      ['servers/:id/topology', 'GET'],
    ],
    reason:
      'Nothing can look into a running node from outside: look from within its operating system.',
  },
  {
    routes: [
      ['servers/:id/migrations', 'GET'],
      ['servers/:id/migrations/:migration', 'GET DELETE'],
      ['servers/:id/migrations/:migration/action', 'POST'],
      ['os-migrations', 'GET'],
    ],
    reason: 'A server cannot move from one node to another, so there are no migrations.',
  },
  {
    routes: [['servers/:id/os-server-password', 'GET DELETE']],
    reason:
      'A server does not tell a password: the one that the request for it set, or was answered, is its first one.',
  },
  {
    routes: [['flavors/:id', 'PUT']],
    reason: 'A flavor cannot be changed but for its extra specs: create another one.',
    microversions: { since: 55 },
  },
  {
    routes: [
      ['os-quota-sets/:id', 'PUT DELETE'],
      ['os-quota-class-sets/:id', 'GET PUT'],
    ],
    reason: 'There are no quotas: everything is unlimited, and cannot be limited.',
  },
  {
    routes: [
      ['os-hosts/:id', 'PUT'],
      ['os-hosts/:id/reboot', 'GET'],
      ['os-hosts/:id/shutdown', 'GET'],
      ['os-hosts/:id/startup', 'GET'],
    ],
    reason:
      'This API does not switch the hosts of services; os-services enables and disables a compute service.',
    microversions: { until: 42 },
  },
  {
    routes: [['os-services/:id', 'DELETE']],
    reason: 'A service that is gone leaves the list by itself, some time after it was last seen.',
  },
  {
    routes: [['os-services/force-down', 'PUT']],
    reason: 'A service is down when it is no longer heard of: it cannot be declared so.',
    microversions: { since: 11, until: 52 },
  },
  {
    routes: [['os-aggregates/:id/images', 'POST']],
    reason: 'Images are not cached for an aggregate: they are fetched when they are first written.',
    microversions: { since: 81 },
  },
  {
    routes: [['os-server-external-events', 'POST']],
    reason:
      'No event of another service is awaited: there are no volumes, and ports need no wiring.',
  },
  {
    routes: [
      ['os-instance_usage_audit_log', 'GET'],
      ['os-instance_usage_audit_log/:id', 'GET'],
    ],
    reason:
      'There is no log of usage audits: os-simple-tenant-usage tells the usage, and notifications tell each change.',
  },
  {
    routes: [
      ['images', 'GET'],
      ['images/detail', 'GET'],
      ['images/:id', 'GET DELETE'],
    ],
    reason: 'Images are in the image API, under /image/v2/images.',
    microversions: proxies,
  },
  {
    routes: [
      ['images/:id/metadata', 'GET POST PUT'],
      ['images/:id/metadata/:key', 'GET PUT DELETE'],
    ],
    reason: 'Properties of images are in the image API, under /image/v2/images.',
    microversions: { until: 38 },
  },
  {
    routes: [
      ['os-networks', 'GET POST'],
      ['os-networks/add', 'POST'],
      ['os-networks/:id', 'GET DELETE'],
      ['os-networks/:id/action', 'POST'],
      ['os-tenant-networks', 'GET POST'],
      ['os-tenant-networks/:id', 'GET DELETE'],
      ['os-fixed-ips/:id', 'GET'],
      ['os-fixed-ips/:id/action', 'POST'],
    ],
    reason: 'Networks and their addresses are in the network API, under /network/v2.0.',
    microversions: proxies,
  },
  {
    routes: [
      ['os-floating-ips', 'GET POST'],
      ['os-floating-ips/:id', 'GET DELETE'],
      ['os-floating-ip-pools', 'GET'],
      ['os-floating-ips-bulk', 'GET POST'],
      ['os-floating-ips-bulk/:id', 'GET PUT'],
      ['os-floating-ip-dns', 'GET'],
      ['os-floating-ip-dns/:id', 'PUT DELETE'],
      ['os-floating-ip-dns/:id/entries/:entry', 'GET PUT DELETE'],
    ],
    reason: noFloatingIps,
    microversions: proxies,
  },
  {
    routes: [
      ['os-security-groups', 'POST'],
      ['os-security-groups/:id', 'PUT DELETE'],
      ['os-security-group-rules', 'POST'],
      ['os-security-group-rules/:id', 'DELETE'],
      ['os-security-group-default-rules', 'GET POST'],
      ['os-security-group-default-rules/:id', 'GET DELETE'],
    ],
    reason:
      'There is one security group, default, which filters nothing: a node is wired to its network without a filter; use a firewall in the server or in the network.',
    microversions: proxies,
  },
  {
    routes: [
      ['os-agents', 'GET POST'],
      ['os-agents/:id', 'PUT DELETE'],
      ['os-cells', 'GET POST'],
      ['os-cells/capacities', 'GET'],
      ['os-cells/detail', 'GET'],
      ['os-cells/info', 'GET'],
      ['os-cells/sync_instances', 'POST'],
      ['os-cells/:id', 'GET PUT DELETE'],
      ['os-cells/:id/capacities', 'GET'],
      ['os-certificates', 'POST'],
      ['os-certificates/:id', 'GET'],
      ['os-cloudpipe', 'GET POST'],
      ['os-cloudpipe/:id', 'PUT'],
      ['os-fping', 'GET'],
      ['os-fping/:id', 'GET'],
    ],
    reason: goneFromNova,
  },
];
