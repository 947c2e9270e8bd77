// Noise on every queue and exchange by which messages reach a service: it lives on and serves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Consumers } from './consumers.js';
import { seedOf } from './survivor.js';

let consumers: Consumers;

beforeAll(async () => {
  consumers = await Consumers.start();
});

afterAll(async () => {
  await consumers.close();
});

test('noise for every consumer', { timeout: 300_000 }, async () => {
  await consumers.noise(seedOf('noise for consumers'), 960);
  await consumers.unharmed();
  expect(await consumers.dead()).toBeGreaterThan(0);
});
