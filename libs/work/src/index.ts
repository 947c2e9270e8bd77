export { backoff } from './backoff.js';
export { ConcurrencyLimit } from './concurrency-limit.js';
export { pause, settledWithin, within } from './deadline.js';
export { ClaimLost, Lease, Stopping } from './lease.js';
export { Loop } from './loop.js';
export { writeOnceATurn } from './one-write-a-turn.js';
