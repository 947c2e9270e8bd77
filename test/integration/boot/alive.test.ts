// Clients of ill will, and clumsy ones, against a boot service's real process: it lives on and serves.
import { run } from '@metalcast/exec';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { besiegeBoot, unhandled } from '../hostile/besiege-boot.js';
import { sendNoise, waysTo } from '../hostile/noise-messages.js';
import { seedOf, survivor } from '../hostile/survivor.js';
import { Site, type BootProcess } from './site.js';
import { address } from './wire.js';

const client = join(import.meta.dirname, '../hostile/tftp-aborts.mjs');
let site: Site;
let boot: BootProcess;

beforeAll(async () => {
  site = await Site.start();
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
  await site.wire.ip(site.wire.outside, 'addr', 'add', '10.88.0.50/24', 'dev', 'eth0');
  await site.wire.ip(site.wire.outside, 'link', 'set', 'eth0', 'up');
  // Every closed port is told, not one in a second: what makes a transfer end at once.
  const unlimited =
    'for limit in ratelimit ratemask; do echo 0 >/proc/sys/net/ipv4/icmp_$limit; done';
  await site.wire.in(site.wire.outside, 'sh', '-c', unlimited);
});

afterAll(async () => {
  await site.close();
});

test('requests from port 0', async () => {
  const sender = join(import.meta.dirname, '../hostile/udp-from-port-zero.py');
  const sent = await site.wire.in(site.wire.outside, 'python3', sender, address, '69');
  expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await aborts(1, 'close')).toMatchObject({ begun: 1 });
  await site.ready(boot);
});

async function aborts(count: number, ending: string, ...options: string[]): Promise<object> {
  const args = [client, address, '69', 'ipxe.efi', String(count), ending, ...options];
  const { stdout, stderr } = await run(
    'nsenter',
    [`--net=/run/netns/${site.wire.outside}`, process.execPath, ...args],
    { timeoutMs: 100_000 },
  );
  return JSON.parse(stdout || stderr) as object;
}

test.each([
  ['closes its port', 'close', ['blksize', '1468', 'windowsize', '32']],
  ['closes its port', 'close', ['windowsize', '4']],
  ['says that it goes', 'error', ['blksize', '1468', 'windowsize', '32']],
  ['says that it goes, twice', 'ack-then-error', ['windowsize', '4']],
  ['says that it goes, without options', 'error', []],
])('a client that %s (%s %j)', { timeout: 120_000 }, async (_, ending, options) => {
  const seen = await aborts(150, ending, ...options);
  expect(seen).toMatchObject({ begun: 150, refused: 0 });
  expect(site.log()).not.toContain('ERR_SOCKET');
  expect(await unhandled(site, boot)).toEqual({ rejections: 0, exceptions: 0 });
  await site.ready(boot);
});

test('noise on every queue', { timeout: 240_000 }, async () => {
  const pid = site.ledger.process(boot.label)?.identity.pid ?? 0;
  const watched = survivor(pid, () => unhandled(site, boot));
  const noise = { seed: seedOf('noise on the queues of boot'), count: 200 };
  await sendNoise(site.brokerUrl, waysTo('boot', 'boot-1'), noise);
  const { node } = await site.addMachine('52:54:00:88:00:21', '10.88.0.121');
  expect(await site.prepare(node)).toMatchObject({ type: 'boot.failed' });
  await watched.unharmed();
});

test('noise on every port', { timeout: 240_000 }, async () => {
  await besiegeBoot(site, boot, { seed: seedOf('noise at boot'), tftp: 400, http: 240 });
});
