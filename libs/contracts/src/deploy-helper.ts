import { z } from 'zod';
import { cast, defineTopic } from './contract.js';
import { int4 } from './integers.js';

export const deployHelper = defineTopic({
  topic: 'deploy_helper',
  version: '1.1',
  methods: {
    /** Wakes a helper for the deployment row of (node, epoch): write the image, verify it. Repeatable. */
    deploy: cast('1.0', z.object({ node: z.uuid(), epoch: int4 })),
    /** Tell the ramdisk of a verified deployment to restart its node; answered by `agent.leaving`. Repeatable. */
    restart: cast('1.0', z.object({ node: z.uuid(), epoch: int4 })),
    /** A hint between helpers, to all of them: the node's deployment has changed, look at its row. Lost ones cost time only. */
    look: cast('1.1', z.object({ node: z.uuid(), from: z.string() })),
  },
});
