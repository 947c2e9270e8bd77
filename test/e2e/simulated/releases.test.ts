// The short form of test/soak/releases.
import { beforeAll, expect, test } from 'vitest';
import { checkoutTimeoutMs } from '../../soak/releases/built-checkout.js';
import { noTraces } from '../../soak/releases/traces.js';
import { TwoReleases } from '../../soak/releases/two-releases.js';

const servers = 4;
let both: TwoReleases;

beforeAll(async () => {
  both = await TwoReleases.start(servers);
  return () => both.close();
}, checkoutTimeoutMs);

test('processes of the last release and of this one share the work of some servers', async () => {
  await both.live(await both.request(servers));
  await both.expectBothRun();
  expect(await both.traces()).toEqual(noTraces);
});
