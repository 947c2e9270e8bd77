import { z } from 'zod';
import { cast, defineTopic } from './contract.js';
import { int4 } from '../integers.js';

export const deployHelper = defineTopic({
  topic: 'deploy_helper',
  version: '1.1',
  methods: {
    /** Wakes a helper for the deployment row of (node, epoch): write the image, verify it. Idempotent. */
    deploy: cast('1.0', z.object({ node: z.uuid(), epoch: int4 })),
    /** Orders the ramdisk of a verified deployment to restart its node; answered by `agent.leaving`. Idempotent. */
    restart: cast('1.0', z.object({ node: z.uuid(), epoch: int4 })),
    /** A hint to all helpers: the node's deployment has changed, read its row. A lost hint costs only time. */
    look: cast('1.1', z.object({ node: z.uuid(), from: z.string() })),
  },
});
