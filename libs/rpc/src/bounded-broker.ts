import { Fault } from '@metalcast/domain';
import type { Broker } from './broker.js';

/** Refuses messages above `maxBytes`: the broker would close the channel that all messages share. */
export const boundedBroker = (broker: Broker, maxBytes: number): Broker => ({
  get connected() {
    return broker.connected;
  },
  ready: () => broker.ready(),
  publish: async (publication) => {
    const bytes = Buffer.byteLength(publication.body);
    if (bytes <= maxBytes) return broker.publish(publication);
    throw new Fault('TOO_LARGE', {
      reason: `A message has ${bytes} bytes, more than ${maxBytes}.`,
    });
  },
  consume: (spec) => broker.consume(spec),
  close: () => broker.close(),
});
