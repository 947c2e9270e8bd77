import { rpcConformance } from '../conformance/conformance.js';
import { InMemoryBroker } from './in-memory-broker.js';
import { inMemoryRpc } from './in-memory-rpc.js';

rpcConformance('the in-memory twin', () => {
  const broker = new InMemoryBroker();
  return Promise.resolve({ connect: (options) => inMemoryRpc(broker, options) });
});
