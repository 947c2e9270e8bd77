import { ExtensionsController } from '../../network/extensions/extensions.controller.js';
import { NetworksController } from '../../network/networks/networks.controller.js';
import { PortsController } from '../../network/ports/ports.controller.js';
import { SubnetsController } from '../../network/subnets/subnets.controller.js';
import * as answers from '../answers/network.js';
import { describe } from '../notes.js';

const { networks, subnets, ports, extensions } = answers;

export const networkOperations = [
  describe(NetworksController, {
    list: { summary: 'Lists the networks that the caller may use.', answer: networks.list },
    show: { summary: 'Shows a network.', answer: networks.one },
    create: { summary: 'Makes one or more networks.', answer: networks.created },
    update: { summary: 'Changes a network.', answer: networks.one },
    delete: {
      summary: 'Deletes a network that has no ports, with its subnets.',
      faults: ['CONFLICT'],
    },
  }),
  describe(SubnetsController, {
    list: { summary: 'Lists the subnets that the caller may use.', answer: subnets.list },
    show: { summary: 'Shows a subnet.', answer: subnets.one },
    create: {
      summary: 'Makes one or more subnets.',
      answer: subnets.created,
      faults: ['NOT_FOUND', 'CONFLICT'],
    },
    update: { summary: 'Changes a subnet.', answer: subnets.one },
    delete: { summary: 'Deletes a subnet that has no ports.', faults: ['CONFLICT'] },
  }),
  describe(PortsController, {
    list: { summary: 'Lists the ports of a project.', answer: ports.list },
    show: { summary: 'Shows a port.', answer: ports.one },
    create: {
      summary: 'Makes one or more ports, each with an address.',
      answer: ports.created,
      faults: ['NOT_FOUND', 'CONFLICT', 'NETWORK_EXHAUSTED'],
    },
    update: { summary: 'Changes a port.', answer: ports.one },
    delete: {
      summary: 'Deletes a port that neither a server nor a node uses.',
      faults: ['CONFLICT'],
    },
  }),
  describe(ExtensionsController, {
    list: { summary: 'Lists the extensions.', answer: extensions.list },
    show: { summary: 'Shows an extension.', answer: extensions.one },
    quotas: {
      summary: 'Shows what a project may have: -1 is any number.',
      answer: answers.quotas,
      faults: ['FORBIDDEN'],
    },
  }),
];
