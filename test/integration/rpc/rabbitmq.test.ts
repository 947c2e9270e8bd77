import { afterAll, beforeAll } from 'vitest';
import { connectRpc, silentLogger } from '@metalcast/rpc';
import { rpcConformance } from '../../../libs/rpc/src/rpc.conformance.js';
import { startRabbit, type Rabbit } from './rabbit.js';

let rabbit: Rabbit;
beforeAll(async () => {
  rabbit = await startRabbit();
});
afterAll(() => rabbit.close());

rpcConformance('RabbitMQ', () =>
  Promise.resolve({
    connect: (options) => connectRpc({ ...options, url: rabbit.url, logger: silentLogger }),
  }),
);
