import { EnrolmentController } from '../../metalcast/nodes/enrolment.controller.js';
import { ExplainController } from '../../metalcast/explain/explain.controller.js';
import { NodePowerController } from '../../metalcast/nodes/node-power.controller.js';
import { NodesController } from '../../metalcast/nodes/nodes.controller.js';
import { TraceController } from '../../metalcast/trace/trace.controller.js';
import * as answers from '../answers/metalcast.js';
import { describe } from '../notes.js';

const { nodes } = answers;
const taken = ['CONFLICT', 'POWER_BMC_SHARED'] as const;
const busy = ['CONFLICT', 'NODE_IN_USE', 'INVALID_STATE'] as const;

export const metalcastOperations = [
  describe(NodesController, {
    list: { summary: 'Lists the nodes.', answer: nodes.list },
    show: { summary: 'Shows a node.', answer: nodes.one },
    change: { summary: 'Changes a node.', answer: nodes.one, faults: [...taken, ...busy] },
    remove: { summary: 'Removes a node that has no server.', faults: busy },
    addInterface: {
      summary: 'Adds a network interface to a node.',
      answer: nodes.one,
      faults: ['CONFLICT'],
    },
    removeInterface: {
      summary: 'Removes a network interface from a node that has no server.',
      faults: ['NODE_IN_USE', 'INVALID_STATE'],
    },
  }),
  describe(EnrolmentController, {
    enrol: { summary: 'Enrols a node.', answer: nodes.one, faults: taken },
    enrolMany: {
      summary: 'Enrols many nodes, each for itself, and tells of each whether it is enrolled.',
      answer: nodes.enrolled,
    },
    changeMany: {
      summary: 'Changes many nodes, all or none.',
      answer: nodes.changed,
      faults: ['NOT_FOUND', ...taken, ...busy],
    },
    removeMany: {
      summary: 'Removes many nodes, all or none.',
      answer: nodes.removed,
      faults: ['NOT_FOUND', ...busy],
    },
  }),
  describe(NodePowerController, {
    read: {
      summary: 'Asks the BMC of a node whether the node is on.',
      answer: answers.nodePower,
      faults: [
        'RPC_TIMEOUT',
        'POWER_UNREACHABLE',
        'POWER_BUSY',
        'POWER_NAME_UNKNOWN',
        'POWER_AUTH',
        'POWER_CIPHER',
      ],
    },
    set: {
      summary: 'Switches a node on or off, or resets it.',
      answer: answers.powerRequested,
      faults: busy,
    },
    command: {
      summary: 'Shows how a power command stands, or has ended.',
      answer: answers.powerCommandEnd,
    },
  }),
  describe(ExplainController, {
    explain: {
      summary: 'Tells on which nodes a server would fit, and why on no others.',
      answer: answers.explanation,
      faults: ['NOT_FOUND', 'RPC_TIMEOUT', 'QUERY_MALFORMED', 'EXTRA_SPEC_MALFORMED'],
    },
  }),
  describe(TraceController, {
    operations: {
      summary: 'Lists the operations of a server with their steps, the newest first.',
      answer: answers.operations,
    },
    events: {
      summary: 'Lists the events of a server or, for administrators, of a node, the oldest first.',
      answer: answers.events,
    },
  }),
];
