// What tests use of the transport without Nest; services have `OsloServer` and event handlers.
export { serve, type RpcServer } from '../server/serve.js';
export { subscribe } from '../events/subscribe.js';
export { follow } from '../events/follow.js';
