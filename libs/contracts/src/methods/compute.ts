import { z } from 'zod';
import { cast, defineTopic } from './contract.js';

const instance = z.looseObject({ uuid: z.uuid() });

/** Nova's compute topic. Each message only wakes an operation; the operation's row decides what to do. */
export const compute = defineTopic({
  topic: 'compute',
  version: '2.47',
  methods: {
    /** The instance was claimed on `node`: continue its build. */
    runInstance: cast('2.37', z.object({ instance, node: z.string().max(255).nullish() })),
    /** Start or continue the queued delete of the instance. */
    terminateInstance: cast('2.35', z.object({ instance })),
    /** Check the operation: a row that it may wait for has changed. */
    advance: cast('2.47', z.object({ operation_id: z.uuid() })),
  },
});
