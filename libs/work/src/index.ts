export { backoff } from './backoff.js';
export { Loop } from './loop.js';
