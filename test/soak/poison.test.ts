// Poison for every consumer of messages, for long: all serve on, each message is put aside once, and nothing is kept of
// it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Site, type BootProcess } from '../integration/boot/site.js';
import { unhandled } from '../integration/hostile/besiege-boot.js';
import { Consumers } from '../integration/hostile/consumers.js';
import { sendNoise, waysTo } from '../integration/hostile/noise-messages.js';
import { seedOf, survivor } from '../integration/hostile/survivor.js';

/** METALCAST_TEST_MINUTES makes it shorter or longer. */
const minutes = Number(process.env['METALCAST_TEST_MINUTES'] ?? 30);
/**
 * What a process may keep; one that keeps something of each message comes to this, and dies of it. What it holds from
 * the system would say less: V8 gives back late.
 */
const heapMb = 96;
const perRound = 1200;

let consumers: Consumers;
let site: Site;
let boot: BootProcess;

beforeAll(async () => {
  consumers = await Consumers.start({ heapMb });
  site = await Site.start();
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
});

afterAll(async () => {
  await site.close();
  await consumers.close();
});

test('poison for long', async () => {
  const until = performance.now() + minutes * 60_000;
  const pid = site.ledger.process(boot.label)?.identity.pid ?? 0;
  const watched = survivor(pid, () => unhandled(site, boot));
  let seed = seedOf('poison for consumers');
  const round = async (): Promise<void> => {
    await consumers.noise(seed, perRound);
    await sendNoise(site.brokerUrl, waysTo('boot', 'boot-1'), { seed, count: perRound / 4 });
    await consumers.unharmed();
    await watched.unharmed();
    seed += 1;
  };
  await round();
  const before = consumers.memory();
  let rounds = 1;
  for (; performance.now() < until; rounds += 1) {
    await round();
  }
  const after = consumers.memory();
  const seen = { rounds, dead: await consumers.dead(), before, after };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  const { node } = await site.addMachine('52:54:00:88:00:31', '10.88.0.131');
  expect(await site.prepare(node)).toMatchObject({ type: 'boot.failed' });
});
