// A real BMC on a slow link: ipmitool repeats its messages, and the answers to the first ones come all the same.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { powerDrivers } from '../../../services/power/src/drivers/index.js';
import type { PowerDriver } from '../../../services/power/src/power-driver.js';
import { startIpmiSim, type IpmiSim } from './ipmi-sim.js';
import { startSlowLink, type SlowLink } from './slow-link.js';

const node = '5f0e6c1e-8f4e-4b36-9d3c-000000000001';
const attempt = { timeoutMs: 30_000 };
/** Longer than the 1 s that ipmitool waits when nobody tells it otherwise. */
const slowMs = 1200;

let sim: IpmiSim;
let link: SlowLink | undefined;
beforeAll(async () => {
  sim = await startIpmiSim();
});
afterEach(() => link?.close());
afterAll(() => sim.close());

async function open(answerS: number, password = sim.password): Promise<PowerDriver> {
  link = await startSlowLink(sim.port, slowMs);
  const { address, user } = sim;
  return powerDrivers.ipmi(
    { node, address, user, password, waits: { answerS, tries: 2 } },
    { port: link.port, cipher_suite: 3 },
  );
}

test('a BMC slower than the wait is out of reach; nothing is said of its password', async () => {
  await expect((await open(1)).read(attempt)).rejects.toMatchObject({ code: 'POWER_UNREACHABLE' });
});

test('with a wait that is long enough it answers', async () => {
  expect(await (await open(2)).read(attempt)).toBe('off');
});

test('its refusal of a password is heard too', async () => {
  await expect((await open(2, 'wrong')).read(attempt)).rejects.toMatchObject({
    code: 'POWER_AUTH',
  });
});
