/** The promises of the transport, whatever the broker. Run on the in-memory twin and on RabbitMQ. */
import { describe } from 'vitest';
import { callsConform } from './calls.js';
import { castsConform } from './casts.js';
import { eventsConform } from './events.js';
import { nestEventsConform } from './nest-events.js';
import { nestConforms } from './nest.js';
import { poisonConforms } from './poison.js';
import { rigOf, type Connect } from './rig.js';

/** The tests open all their connections by `connect`. */
export function rpcConformance(name: string, open: () => Promise<{ connect: Connect }>): void {
  describe(name, () => {
    const rig = rigOf(open);
    callsConform(rig);
    castsConform(rig);
    eventsConform(rig);
    poisonConforms(rig);
    nestConforms(rig);
    nestEventsConform(rig);
  });
}
