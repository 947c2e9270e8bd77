export { backoff } from './backoff.js';
