import { Controller, Inject, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  call,
  cast,
  defineTopic,
  type ArgsOf,
  type Handlers,
  type RequestContext,
} from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { rpcClient } from '../client/client.js';
import { InMemoryBroker } from '../memory/in-memory-broker.js';
import { inMemoryRpc } from '../memory/in-memory-rpc.js';
import type { EventSource } from './event-handlers.js';
import { OsloServer } from './oslo-server.js';
import { OsloModule } from './oslo.module.js';
import { RpcController } from './rpc-controller.js';

const clock = defineTopic({
  topic: 'clock',
  version: '1.0',
  methods: {
    read: call('1.0', z.object({ zone: z.string() }), z.string()),
    setTo: cast('1.0', z.object({ time: z.string() })),
  },
});

class Time {
  now = '12:00';
}

class ClockHandlers implements Handlers<typeof clock> {
  constructor(private readonly time: Time) {}

  read({ zone }: ArgsOf<typeof clock, 'read'>, { requestId }: RequestContext): Promise<string> {
    if (zone === 'nowhere') throw new Fault('NOT_FOUND', { what: 'Zone', id: zone });
    if (zone === 'broken') throw new Error('boom');
    return Promise.resolve(`${this.time.now} ${zone} ${requestId}`);
  }

  setTo({ time }: ArgsOf<typeof clock, 'setTo'>): Promise<void> {
    this.time.now = time;
    return Promise.resolve();
  }
}

class SecondClock extends ClockHandlers {
  override read(): Promise<string> {
    return Promise.resolve('another');
  }
}

class HalfClock {
  read(): Promise<string> {
    return Promise.resolve('half');
  }
}

class Listener {
  moved(): void {
    // Only whether it may listen matters.
  }
}

// Applied by hand, because the test runner does not support decorators in a test file.
Inject(Time)(ClockHandlers, undefined, 0);
Inject(Time)(SecondClock, undefined, 0);
RpcController(clock)(ClockHandlers);
RpcController(clock)(SecondClock);
// @ts-expect-error: a class that lacks a method is no server of the topic
RpcController(clock)(HalfClock);

Controller()(Listener);
const moved = Object.getOwnPropertyDescriptor(Listener.prototype, 'moved');
if (moved !== undefined) EventPattern('node.moved')(Listener.prototype, 'moved', moved);

const ctx = { requestId: 'req-1' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(controllers: Type[], events?: EventSource) {
  const broker = new InMemoryBroker();
  const connection = inMemoryRpc(broker, { host: 'h1' });
  const imports = [OsloModule.forRoot({ connection, topics: [clock], ...(events && { events }) })];
  const module = { module: Time, imports, controllers, providers: [Time] };
  const app = await NestFactory.createMicroservice(module, {
    inject: [OsloServer],
    useFactory: (strategy: OsloServer) => ({ strategy }),
    logger: false,
    abortOnError: false,
  });
  closing.push(() => app.close());
  await app.listen();
  const conn = inMemoryRpc(broker, { host: 'c' });
  return { client: rpcClient(conn, clock, { timeoutMs: 500 }), strategy: app.get(OsloServer) };
}

describe('a Nest application on OsloServer', () => {
  test('answers by its handlers, injected and with their context', async () => {
    const { client } = await start([ClockHandlers]);
    await client.cast.setTo({ time: '13:37' }, ctx);
    await expect(client.call.read({ zone: 'utc' }, ctx)).resolves.toBe('13:37 utc req-1');
  });

  test('passes faults on unchanged', async () => {
    const { client } = await start([ClockHandlers]);
    await expect(client.call.read({ zone: 'nowhere' }, ctx)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { what: 'Zone', id: 'nowhere' },
    });
    await expect(client.call.read({ zone: 'broken' }, ctx)).rejects.toMatchObject({
      code: 'INTERNAL',
      details: { reference: 'req-1', service: 'clock' },
    });
  });

  test('takes nothing from the shared queue while it is paused', async () => {
    const { client, strategy } = await start([ClockHandlers]);
    await strategy.pause(clock);
    await expect(client.call.read({ zone: 'utc' }, ctx)).rejects.toMatchObject({
      code: 'RPC_TIMEOUT',
    });
    const direct = client.call.read({ zone: 'utc' }, ctx, { host: 'h1' });
    await expect(direct).resolves.toMatch(/utc/);
    await strategy.resume(clock);
    await expect(client.call.read({ zone: 'utc' }, ctx)).resolves.toMatch(/utc/);
  });

  test.each([
    { handlers: [], problem: 'clock.read has no handler; clock.setTo has no handler' },
    { handlers: [HalfClock], problem: 'clock.setTo has no handler' },
    { handlers: [ClockHandlers, SecondClock], problem: 'clock.read has two handlers' },
  ])('does not start when $problem', async ({ handlers, problem }) => {
    await expect(start(handlers)).rejects.toThrow(problem);
  });

  test('does not start when its event handlers have no source, or a source no handler', async () => {
    await expect(start([ClockHandlers, Listener])).rejects.toThrow(
      'events node.moved have no source',
    );
    await expect(start([ClockHandlers], 'live')).rejects.toThrow('events have no handler');
    await expect(start([ClockHandlers, Listener], 'live')).resolves.toBeDefined();
  });
});
