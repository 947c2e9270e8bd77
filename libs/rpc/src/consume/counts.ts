import type { Delivery } from '../broker.js';

const triesHeader = 'metalcast-tries';
/** Of quorum queues; they count whatever way a delivery ended without an acknowledgement. */
const deliveriesHeader = 'x-delivery-count';

/** Set in place of headers that could not be read. */
export const unreadableHeader = 'metalcast-unreadable';

export const hasReadableHeaders = ({ headers }: Delivery): boolean =>
  !Object.hasOwn(headers, unreadableHeader);

/** How often its work was tried before; a number that no peer should have written counts as none. */
export const triesOf = (delivery: Delivery): number => count(delivery, triesHeader);

export const withTries = (tries: number): Readonly<Record<string, number>> => ({
  [triesHeader]: tries,
});

/** How often it was delivered before, as far as the broker counts. */
export const deliveriesOf = (delivery: Delivery): number => count(delivery, deliveriesHeader);

/** Headers are a peer's: any type, any value, any name that objects have anyway. */
function count({ headers }: Delivery, header: string): number {
  const value = Object.hasOwn(headers, header) ? headers[header] : 0;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
