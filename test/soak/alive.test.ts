// The long form of the noise at a boot process: half an hour of it, unless told otherwise, and as much held after it as
// before.
import { afterAll, beforeAll, test } from 'vitest';
import { Site, type BootProcess } from '../integration/boot/site.js';
import { besiegeBoot } from '../integration/hostile/besiege-boot.js';
import { seedOf } from '../integration/hostile/survivor.js';

/** METALCAST_TEST_MINUTES makes it shorter or longer. */
const minutes = Number(process.env['METALCAST_TEST_MINUTES'] ?? 30);
let site: Site;
let boot: BootProcess;

beforeAll(async () => {
  site = await Site.start();
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
  await site.wire.ip(site.wire.outside, 'addr', 'add', '10.88.0.50/24', 'dev', 'eth0');
  await site.wire.ip(site.wire.outside, 'link', 'set', 'eth0', 'up');
});

afterAll(async () => {
  await site.close();
});

test('noise for long', async () => {
  const until = performance.now() + minutes * 60_000;
  for (let seed = seedOf('noise at boot'); performance.now() < until; seed += 1) {
    await besiegeBoot(site, boot, { seed, tftp: 2000, http: 1200 });
  }
});
