import { z } from 'zod';
import { firstSign } from '../first-sign.js';
import { defineEvents, faultRecord } from './event.js';

const node = z.string().nullable();

/** Subject: the instance's uuid. */
export const instanceEvents = defineEvents({
  instanceCreated: {
    type: 'instance.created',
    description: 'A server was asked for.',
    data: z.object({ name: z.string(), project_id: z.string() }),
  },
  instanceScheduled: {
    type: 'instance.scheduled',
    description: 'A node was claimed for the instance.',
    data: z.object({ node: z.string(), epoch: z.int(), attempt: z.int() }),
  },
  instanceStep: {
    type: 'instance.step',
    description: 'An operation of the instance began a step.',
    data: z.object({
      operation: z.string(),
      kind: z.string(),
      step: z.string(),
      attempt: z.int(),
      node,
    }),
  },
  instanceRescheduled: {
    type: 'instance.rescheduled',
    description: 'The build failed on a node and goes on elsewhere.',
    data: z.object({ node, fault: faultRecord }),
  },
  instanceActive: {
    type: 'instance.active',
    description: 'The server is active.',
    data: z.object({ node }),
  },
  instanceRebooted: {
    type: 'instance.rebooted',
    description: "The server's node was restarted.",
    data: z.object({ node }),
  },
  instanceFirstSign: {
    type: 'instance.first_sign',
    description: 'The installed system gave its first sign of life.',
    data: z.object({ node, by: firstSign }),
  },
  instanceFailed: {
    type: 'instance.failed',
    description: 'An operation of the instance failed.',
    data: z.object({ operation: z.string(), kind: z.string(), fault: faultRecord }),
  },
  instanceDeleted: {
    type: 'instance.deleted',
    description: 'The server is gone and its node free.',
    data: z.object({ node }),
  },
});
