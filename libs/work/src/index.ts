export { backoff } from './backoff.js';
export { ClaimLost, Lease, Stopping } from './lease.js';
export { Loop } from './loop.js';
