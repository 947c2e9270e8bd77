import { z } from 'zod';
import { defineEvents } from './event.js';

/** Subject: the network's uuid. */
export const networkEvents = defineEvents({
  bootRelayedDhcp: {
    type: 'boot.relayed_dhcp',
    description:
      'A DHCP relay passed on a request from a network that is not served: it gets no answer. Told at most once a minute.',
    data: z.object({ relay: z.string() }),
  },
});
