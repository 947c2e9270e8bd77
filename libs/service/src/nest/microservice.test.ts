import { Controller } from '@nestjs/common';
import { call, defineTopic } from '@metalcast/contracts';
import { createLogger } from '@metalcast/log';
import { InMemoryBroker, inMemoryRpc, rpcClient, RpcController } from '@metalcast/rpc';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ServiceContext } from '../start/context.js';
import { microservice } from './microservice.js';

const clock = defineTopic({
  topic: 'clock',
  version: '1.0',
  methods: { read: call('1.0', z.object({}), z.string()) },
});

const happened: string[] = [];

class StuckClock {
  read(): Promise<string> {
    happened.push('read');
    return new Promise(() => undefined);
  }
}

class ClockModule {
  beforeApplicationShutdown(): void {
    happened.push('hook');
  }
}

// Applied by hand, because the test runner does not support decorators in a test file.
Controller()(StuckClock);
RpcController(clock)(StuckClock);

test('the hooks of the stop run although a handler does not end', async () => {
  const broker = new InMemoryBroker();
  const context = {
    rpc: inMemoryRpc(broker, { host: 'h' }),
    logger: createLogger('clock', 'error'),
    config: { prefetch: 1, databasePool: 1, shutdownMs: 200 },
    began: () => undefined,
  } as unknown as ServiceContext;
  const module = { module: ClockModule, controllers: [StuckClock] };
  const running = await microservice(module, { topics: [clock] })(context);
  const client = rpcClient(inMemoryRpc(broker, { host: 'c' }), clock, { timeoutMs: 100 });
  await expect(client.call.read({}, { requestId: 'req-1' })).rejects.toMatchObject({
    code: 'RPC_TIMEOUT',
  });
  await running.close();
  expect(happened).toEqual(['read', 'hook']);
});
