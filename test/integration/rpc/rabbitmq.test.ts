import { connectRpc, silentLogger } from '@metalcast/rpc';
import { startBroker } from '@metalcast/testing';
import { afterAll } from 'vitest';
import { rpcConformance } from '../../../libs/rpc/src/conformance/conformance.js';

let close: (() => Promise<void>) | undefined;

rpcConformance('RabbitMQ', async () => {
  const broker = await startBroker();
  close = () => broker.close();
  return {
    connect: (options) => connectRpc({ ...options, url: broker.url, logger: silentLogger }),
  };
});

afterAll(() => close?.());
