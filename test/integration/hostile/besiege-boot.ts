import { expect } from 'vitest';
import type { BootProcess, Site } from '../boot/site.js';
import { address } from '../boot/wire.js';
import { attackHttp, hostile, survivor, type HostileRequest } from './survivor.js';

const uuid = '6f0c5f4e-0000-4000-8000-000000000001';
const mac = '52-54-00-88-00-01';

const requests: readonly HostileRequest[] = [
  ...['', '/token.cpio', '/kernel/00ff', '/ramdisk/00ff', '/../../etc/passwd'].map((rest) => ({
    method: 'GET',
    path: `/boot/${mac}${rest}`,
  })),
  {
    method: 'POST',
    path: `/v1/phone-home/${uuid}?token=${'0'.repeat(64)}`,
    type: 'application/x-www-form-urlencoded',
    body: { instance_id: 'i', hostname: 'h' },
  },
  { method: 'POST', path: '/v1/phone-home/constructor?token=a&token=b&__proto__=1', body: {} },
];

/** Both servers of a boot process, and its health pages: the same process serves after it as before. */
export async function besiegeBoot(
  site: Site,
  boot: BootProcess,
  { seed, tftp, http }: { seed: number; tftp: number; http: number },
): Promise<void> {
  const { outside, inside } = site.wire;
  const pid = site.ledger.process(boot.label)?.identity.pid ?? 0;
  const watched = survivor(pid, () => unhandled(site, boot));
  const noise = [address, '69', String(seed), String(tftp)];
  const answered = (await hostile('tftp-noise.mjs', noise, outside)) as { answers: number };
  expect(answered.answers).toBeGreaterThan(tftp / 4);
  const seen = await attackHttp({ address, port: 8780, seed, rounds: http, requests }, outside);
  expect(Object.keys(seen.statuses)).toEqual(expect.arrayContaining(['400', '404']));
  expect(seen.statuses['500']).toBeUndefined();
  const health = { address: '127.0.0.1', port: boot.healthPort, seed, rounds: http / 4 };
  await attackHttp({ ...health, requests: [{ method: 'GET', path: '/readyz' }] }, inside);
  await watched.unharmed();
  await serves(site);
}

/** The counts of the process's health page. */
export async function unhandled(site: Site, boot: BootProcess): Promise<unknown> {
  const url = `http://127.0.0.1:${boot.healthPort}/healthz`;
  const { stdout } = await site.wire.in(site.wire.inside, 'curl', '-s', url);
  return (JSON.parse(stdout) as { unhandled: unknown }).unhandled;
}

async function serves(site: Site): Promise<void> {
  const size = ['-s', '-o', '/dev/null', '-w', '%{size_download}'];
  const loader = `tftp://${address}/ipxe.efi`;
  const fetched = await site.wire.in(site.wire.outside, 'curl', ...size, loader);
  expect(Number(fetched.stdout)).toBeGreaterThan(100_000);
  expect((await site.wire.get('/boot/nobody')).status).toBe(404);
}
