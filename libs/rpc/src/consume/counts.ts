import type { Delivery } from '../broker.js';

const triesHeader = 'metalcast-tries';
/** Set by quorum queues; it counts every delivery that ended without an acknowledgement. */
const deliveriesHeader = 'x-delivery-count';

/** Set in place of headers that could not be read. */
export const unreadableHeader = 'metalcast-unreadable';

export const hasReadableHeaders = ({ headers }: Delivery): boolean =>
  !Object.hasOwn(headers, unreadableHeader);

/** How often the message was tried before; an invalid number counts as 0. */
export const triesOf = (delivery: Delivery): number => count(delivery, triesHeader);

export const withTries = (tries: number): Readonly<Record<string, number>> => ({
  [triesHeader]: tries,
});

/** How often the message was delivered before, if the broker counts. */
export const deliveriesOf = (delivery: Delivery): number => count(delivery, deliveriesHeader);

/** A peer sets headers: any type, any value, and names that every object has anyway. */
function count({ headers }: Delivery, header: string): number {
  const value = Object.hasOwn(headers, header) ? headers[header] : 0;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
