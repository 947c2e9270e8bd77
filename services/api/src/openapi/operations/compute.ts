import { AggregatesController } from '../../compute/aggregates/aggregates.controller.js';
import { BaremetalNodesController } from '../../compute/baremetal-nodes/baremetal-nodes.controller.js';
import { AvailabilityZonesController } from '../../compute/availability-zones/availability-zones.controller.js';
import { ExtensionsController } from '../../compute/extensions/extensions.controller.js';
import { HostsController } from '../../compute/hosts/hosts.controller.js';
import { LimitsController } from '../../compute/limits/limits.controller.js';
import { QuotasController } from '../../compute/quotas/quotas.controller.js';
import { SecurityGroupsController } from '../../compute/security-groups/security-groups.controller.js';
import { UsageController } from '../../compute/usage/usage.controller.js';
import { FlavorAccessController } from '../../compute/flavors/flavor-access.controller.js';
import { FlavorsController } from '../../compute/flavors/flavors.controller.js';
import { HypervisorsController } from '../../compute/hypervisors/hypervisors.controller.js';
import { KeyPairsController } from '../../compute/keypairs/keypairs.controller.js';
import { ServerGroupsController } from '../../compute/server-groups/server-groups.controller.js';
import { InstanceActionsController } from '../../compute/instance-actions/instance-actions.controller.js';
import { ServerActionsController } from '../../compute/servers/server-actions.controller.js';
import { ServersController } from '../../compute/servers/servers.controller.js';
import { ServicesController } from '../../compute/services/services.controller.js';
import * as answers from '../answers/compute.js';
import { describe } from '../notes.js';

const { servers, actions, flavors, keyPairs, aggregates, serverGroups } = answers;
const { baremetalNodes, hypervisors, services, zones, extensions } = answers;
const { quotas, usages, hosts, securityGroups } = answers;

export const computeOperations = [
  describe(ServersController, {
    list: {
      summary: 'Lists the names of the servers of a project.',
      answer: servers.names,
      faults: ['FORBIDDEN'],
    },
    detail: {
      summary: 'Lists the servers of a project with all that is known of them.',
      answer: servers.details,
      faults: ['FORBIDDEN'],
    },
    show: { summary: 'Shows a server.', answer: servers.one },
    create: {
      summary: 'Asks for one or more servers; each is built on a node of its own.',
      answer: servers.accepted,
      answerHeaders: { location: 'URL of the first server.' },
      faults: [
        'CONFLICT',
        'NETWORK_EXHAUSTED',
        'IMAGE_TOO_LARGE',
        'IMAGE_UNSUITABLE',
        'QUERY_MALFORMED',
      ],
    },
    remove: {
      summary: 'Deletes a server, and gives its node back.',
      faults: ['INVALID_STATE', 'CONFLICT'],
    },
  }),
  describe(ServerActionsController, {
    run: {
      summary: 'Does something to a server: the one member of the body names what.',
      faults: ['INVALID_STATE', 'CONFLICT', 'NOT_IMPLEMENTED'],
    },
  }),
  describe(InstanceActionsController, {
    list: { summary: 'Lists what was done to a server.', answer: actions.list },
    show: {
      summary: 'Shows one thing that was done to a server, with its steps as events.',
      answer: actions.one,
    },
  }),
  describe(FlavorsController, {
    list: { summary: 'Lists the names of the flavors.', answer: flavors.names },
    detail: { summary: 'Lists the flavors with their sizes.', answer: flavors.details },
    show: { summary: 'Shows a flavor.', answer: flavors.one },
    create: { summary: 'Makes a flavor.', answer: flavors.one, faults: ['CONFLICT'] },
    remove: { summary: 'Deletes a flavor; servers keep what they have of it.' },
    specs: { summary: 'Shows the extra specs of a flavor.', answer: flavors.specs },
    setSpecs: {
      summary: 'Sets extra specs of a flavor; others stay as they are.',
      answer: flavors.specs,
      faults: ['EXTRA_SPEC_MALFORMED', 'CONFLICT'],
    },
    spec: { summary: 'Shows an extra spec of a flavor.', answer: flavors.oneSpec },
    setSpec: {
      summary: 'Sets an extra spec of a flavor.',
      answer: flavors.oneSpec,
      faults: ['EXTRA_SPEC_MALFORMED', 'CONFLICT'],
    },
    removeSpec: { summary: 'Deletes an extra spec of a flavor.' },
  }),
  describe(FlavorAccessController, {
    list: {
      summary: 'Lists the projects that may use a flavor that is not public.',
      answer: flavors.access,
    },
    act: {
      summary: 'Lets a project use a flavor that is not public, or no longer.',
      answer: flavors.access,
      faults: ['CONFLICT'],
    },
  }),
  describe(KeyPairsController, {
    list: {
      summary: 'Lists the key pairs of a user.',
      answer: keyPairs.list,
      faults: ['FORBIDDEN'],
    },
    show: { summary: 'Shows a key pair.', answer: keyPairs.one, faults: ['FORBIDDEN'] },
    create: {
      summary: 'Takes a public key, or makes a pair and returns its private key this once.',
      answer: keyPairs.created,
      alsoAnswers: { 200: 'OK, in microversion 2.1' },
      faults: ['CONFLICT'],
    },
    remove: {
      summary: 'Deletes a key pair; servers keep the key.',
      alsoAnswers: { 204: 'No Content, from microversion 2.2 on' },
    },
  }),
  describe(ServerGroupsController, {
    list: { summary: 'Lists the server groups of a project.', answer: serverGroups.list },
    show: { summary: 'Shows a server group and its members.', answer: serverGroups.one },
    create: {
      summary: 'Makes a server group: a rule by which its servers are placed.',
      answer: serverGroups.one,
    },
    remove: { summary: 'Deletes a server group; its servers stay.' },
  }),
  describe(AggregatesController, {
    list: { summary: 'Lists the aggregates.', answer: aggregates.list },
    show: { summary: 'Shows an aggregate.', answer: aggregates.one },
    create: {
      summary: 'Makes an aggregate: nodes under one name.',
      answer: aggregates.created,
      faults: ['CONFLICT'],
    },
    update: {
      summary: 'Changes the name or the availability zone of an aggregate.',
      answer: aggregates.one,
      faults: ['CONFLICT'],
    },
    remove: { summary: 'Deletes an aggregate that has no hosts.', faults: ['CONFLICT'] },
    action: {
      summary: 'Adds or removes a host of an aggregate, or sets its metadata.',
      answer: aggregates.one,
      faults: ['CONFLICT'],
    },
  }),
  describe(BaremetalNodesController, {
    list: { summary: 'Lists the nodes.', answer: baremetalNodes.list },
    show: { summary: 'Shows a node.', answer: baremetalNodes.one },
    create: {
      summary: 'Enrols a node.',
      answer: baremetalNodes.one,
      faults: ['CONFLICT', 'POWER_BMC_SHARED'],
    },
    remove: {
      summary: 'Removes a node that has no server.',
      faults: ['NODE_IN_USE', 'INVALID_STATE', 'CONFLICT'],
    },
    action: {
      summary: 'Adds a network interface to a node, or removes one.',
      answer: baremetalNodes.added,
      alsoAnswers: { 202: 'Accepted: the interface is removed; without a body' },
      faults: ['CONFLICT', 'NODE_IN_USE', 'INVALID_STATE'],
    },
  }),
  describe(HypervisorsController, {
    list: { summary: 'Lists the names of the nodes, as hypervisors.', answer: hypervisors.names },
    detail: { summary: 'Lists the nodes, as hypervisors.', answer: hypervisors.details },
    statistics: {
      summary: 'Sums up what all nodes have and what of it is used.',
      answer: hypervisors.statistics,
    },
    show: { summary: 'Shows a node, as a hypervisor.', answer: hypervisors.one },
    uptime: {
      summary: 'Is refused: a node does not tell its uptime.',
      onlyRefuses: true,
      faults: ['NOT_IMPLEMENTED'],
    },
    search: {
      summary: 'Lists the nodes whose uuid has the pattern in it.',
      answer: hypervisors.names,
    },
    servers: {
      summary: 'Lists the nodes whose uuid has the pattern in it, with their servers.',
      answer: hypervisors.withServers,
    },
  }),
  describe(ServicesController, {
    list: { summary: 'Lists the services and whether they are alive.', answer: services.list },
    change: {
      summary: 'Enables or disables a service: `enable`, `disable` or `disable-log-reason`.',
      answer: services.changed,
    },
  }),
  describe(AvailabilityZonesController, {
    list: { summary: 'Lists the availability zones.', answer: zones.list },
    detail: {
      summary: 'Lists the availability zones with their services.',
      answer: zones.details,
    },
  }),
  describe(LimitsController, {
    limits: {
      summary: 'Tells what a project uses; nothing is limited.',
      answer: answers.limits,
      faults: ['FORBIDDEN'],
    },
  }),
  describe(QuotasController, {
    show: {
      summary: 'Shows the quotas of a project: everything is unlimited.',
      answer: quotas.one,
      faults: ['FORBIDDEN'],
    },
    defaults: { summary: 'Shows the quotas of a new project.', answer: quotas.one },
    detail: {
      summary: 'Shows the quotas of a project with what it uses.',
      answer: quotas.detail,
      faults: ['FORBIDDEN'],
    },
  }),
  describe(UsageController, {
    list: { summary: 'Sums up what each project used in a time.', answer: usages.list },
    show: {
      summary: 'Sums up what a project used in a time, with its servers.',
      answer: usages.one,
      faults: ['FORBIDDEN'],
    },
  }),
  describe(HostsController, {
    list: { summary: 'Lists the hosts of services.', answer: hosts.list },
    show: { summary: 'Shows what the nodes under a compute host have.', answer: hosts.one },
  }),
  describe(SecurityGroupsController, {
    ofServer: {
      summary: 'Lists the security groups of a server: the default one.',
      answer: securityGroups.list,
    },
    list: { summary: 'Lists the security groups: the default one.', answer: securityGroups.list },
    show: { summary: 'Shows the default security group.', answer: securityGroups.one },
  }),
  describe(ExtensionsController, {
    list: {
      summary: 'Lists what Nova once had as extensions and is served.',
      answer: extensions.list,
    },
    show: { summary: 'Shows an extension.', answer: extensions.one },
  }),
];
