import { z } from 'zod';
import { cast, defineTopic } from './contract.js';
import { int4 } from '../integers.js';

export const boot = defineTopic({
  topic: 'boot',
  version: '1.0',
  methods: {
    /**
     * Makes DHCP and boot configuration agree with the node's row (`boot_mode`, ports), then emits `boot.prepared` with
     * the epoch. Idempotent; used for setting up and for removing.
     */
    prepare: cast('1.0', z.object({ node: z.uuid(), epoch: int4 })),
  },
});
