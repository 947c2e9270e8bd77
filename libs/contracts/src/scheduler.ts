import { z } from 'zod';
import { cast, defineTopic } from './contract.js';

/** Nova's scheduler topic. Our own casts name only the instances: the rows hold the rest. */
export const scheduler = defineTopic({
  topic: 'scheduler',
  version: '2.9',
  methods: {
    /** Places each instance on a free node, or ends its build with the reasons. A repeat skips those placed. */
    runInstance: cast(
      '2.9',
      z.object({
        request_spec: z.looseObject({ instance_uuids: z.array(z.uuid()).min(1) }),
        filter_properties: z.looseObject({}).nullish(),
      }),
    ),
  },
});
