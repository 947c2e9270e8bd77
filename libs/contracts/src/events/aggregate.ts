import { z } from 'zod';
import { defineEvents } from './event.js';

/** Subject: the aggregate's uuid. */
export const aggregateEvents = defineEvents({
  aggregateChanged: {
    type: 'aggregate.changed',
    description:
      'An aggregate was made, changed or deleted, or its members were; the rows of its nodes were touched.',
    data: z.object({ name: z.string(), nodes: z.int() }),
  },
});
