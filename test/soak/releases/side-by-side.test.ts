import { beforeAll, expect, test } from 'vitest';
import { build } from '../../../services/compute/src/operations/build.js';
import { checkoutTimeoutMs } from './built-checkout.js';
import { noTraces } from './traces.js';
import { TwoReleases } from './two-releases.js';

const servers = 20;
const steps = build.stages.map(({ step }) => step.name);
let both: TwoReleases;

beforeAll(async () => {
  both = await TwoReleases.start(servers);
  return () => both.close();
}, checkoutTimeoutMs);

test('processes of two releases share the work of 20 servers', async () => {
  await both.live(await both.request(servers));
  await both.expectBothRun();
  expect(await both.traces()).toEqual(noTraces);
});

test('each process of both releases is killed once, while servers are built', async () => {
  const ids = await both.request(servers);
  const kill = TwoReleases.processes.map(async (name, index) => {
    await both.cloud.stepBegun(ids[index]!, steps[index % steps.length]!);
    await both.cloud.kill(name);
    await both.cloud.restart(name);
  });
  await both.live(ids, Promise.all(kill));
  await both.expectBothRun();
  expect(await both.traces()).toEqual(noTraces);
});
