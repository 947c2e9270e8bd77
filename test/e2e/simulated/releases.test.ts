// The short form of test/soak/releases.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkoutTimeoutMs } from '../../soak/releases/built-checkout.js';
import { noTraces } from '../../soak/releases/traces.js';
import { TwoReleases } from '../../soak/releases/two-releases.js';

const servers = 4;
let both: TwoReleases;

beforeAll(async () => {
  both = await TwoReleases.start(servers);
}, checkoutTimeoutMs);

afterAll(async () => {
  await both.close();
});

test('processes of the last release and of this one share the work of some servers', async () => {
  await both.live(await both.request(servers));
  expect(await both.traces()).toEqual(noTraces);
});
