// What is IPMI's own: the password's way to ipmitool, cipher suites, options.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { powerDrivers } from '../../../services/power/src/drivers/index.js';
import { startIpmiSim, type IpmiSim } from './ipmi-sim.js';

const node = '5f0e6c1e-8f4e-4b36-9d3c-000000000001';
const canary = 'canary-4711';
const attempt = { timeoutMs: 5000 };
const waits = { answerS: 1, tries: 2 };

let folder: string;

/** An ipmitool that writes down how it was called, then answers. */
async function recordingIpmitool(answer: string): Promise<void> {
  const script = `#!/bin/sh
tr '\\0' '\\n' </proc/$$/cmdline >'${folder}/argv'
tr '\\0' '\\n' </proc/$$/environ >'${folder}/environ'
cat /dev/fd/3 >'${folder}/fd3'
ls -lL /dev/fd/3 >'${folder}/mode'
readlink /proc/self/fd/3 >'${folder}/name'
${answer}
`;
  await writeFile(join(folder, 'ipmitool'), script);
  await chmod(join(folder, 'ipmitool'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
}

const recorded = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

const openIpmi = (
  options: object,
  firmware?: 'bios' | 'uefi',
  suites: Map<string, number> = new Map<string, number>(),
) =>
  powerDrivers.ipmi(
    { node, address: '127.0.0.1', user: 'admin', password: canary, firmware, suites, waits },
    options,
  );

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipmitool-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test('the password is on descriptor 3, in a file of mode 0600 that has no name any more, and nowhere else', async () => {
  await recordingIpmitool('echo "Chassis Power is on"');
  const driver = openIpmi({ port: 9001, cipher_suite: 17, privilege: 'OPERATOR' });
  expect(await driver.read(attempt)).toBe('on');
  expect(await recorded('fd3')).toBe(canary);
  expect(await recorded('mode')).toMatch(/^-rw------- 1? ?/);
  expect(await recorded('name')).toMatch(/\(deleted\)$/m);
  expect(await recorded('argv')).not.toContain(canary);
  expect(await recorded('environ')).not.toContain(canary);
  expect((await recorded('argv')).split('\n').slice(2).join(' ').trim()).toBe(
    '-v -I lanplus -H 127.0.0.1 -p 9001 -U admin -f /dev/fd/3 -L OPERATOR -N 1 -R 2 -C 17 power status',
  );
});

test('the waits are those of the service, or of the node', async () => {
  await recordingIpmitool('echo "Chassis Power is on"');
  await openIpmi({ answer_s: 5 }).read(attempt);
  expect(await recorded('argv')).toContain('\n-N\n5\n-R\n2\n');
  await openIpmi({ tries: 4 }).read(attempt);
  expect(await recorded('argv')).toContain('\n-N\n1\n-R\n4\n');
});

test('boot options are passed on', async () => {
  await recordingIpmitool('echo "Set Boot Device to pxe"');
  await openIpmi({ boot_persistent: true, boot_efi: true }).setBootDevice('network', attempt);
  expect(await recorded('argv')).toMatch(/chassis\nbootdev\npxe\noptions=persistent,efiboot\n$/);
});

test.each([
  ['unknown', {}, undefined, false],
  ['BIOS', {}, 'bios', false],
  ['UEFI', {}, 'uefi', true],
  ['UEFI', { boot_efi: false }, 'uefi', false],
  ['BIOS', { boot_efi: true }, 'bios', true],
] as const)(
  'firmware %s, options %o: a UEFI boot is asked for as it is',
  async (_, options, firmware, asked) => {
    await recordingIpmitool('echo "Set Boot Device to disk"');
    await openIpmi(options, firmware).setBootDevice('disk', attempt);
    const said = asked ? 'options=efiboot\n' : '';
    expect((await recorded('argv')).endsWith(`chassis\nbootdev\ndisk\n${said}`)).toBe(true);
  },
);

test('a password that ipmitool would print is not in the fault', async () => {
  await recordingIpmitool(
    `echo "Set Chassis Power Control to Up/On failed: ${canary}" >&2; exit 1`,
  );
  const fault: unknown = await openIpmi({})
    .on(attempt)
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: 'POWER_REFUSED', details: { answer: '[redacted]' } });
  expect(JSON.stringify([fault, String(fault)])).not.toContain(canary);
});

test('words that are neither on nor off are unknown, never off', async () => {
  await recordingIpmitool('echo "Chassis Power is confused"');
  expect(await openIpmi({}).read(attempt)).toBe('unknown');
});

test('without ipmitool the fault says so', async () => {
  vi.stubEnv('PATH', folder);
  await expect(openIpmi({}).read(attempt)).rejects.toMatchObject({ code: 'POWER_NO_TOOL' });
});

test('a cipher suite that the BMC has not is POWER_CIPHER', async () => {
  const sim = await startIpmiSim();
  try {
    const bmc = { node, address: sim.address, user: sim.user, password: sim.password, waits };
    const driver = powerDrivers.ipmi(bmc, { port: sim.port, cipher_suite: 17 });
    await expect(driver.read(attempt)).rejects.toMatchObject({
      code: 'POWER_CIPHER',
      details: { cipherSuite: 17 },
    });
  } finally {
    await sim.close();
  }
});

describe('without a cipher suite in the enrolment', () => {
  let sim: IpmiSim;
  let suites: Map<string, number>;
  beforeEach(async () => {
    sim = await startIpmiSim();
    suites = new Map();
  });
  afterEach(() => sim.close());

  const key = (): string => `${sim.address} ${String(sim.port)}`;
  const open = (password = sim.password) => {
    const bmc = { node, address: sim.address, user: sim.user, password, suites, waits };
    return powerDrivers.ipmi(bmc, { port: sim.port });
  };

  /** ipmi_sim never answers Get Channel Cipher Suites, which ipmitool asks for three times. */
  test('a BMC that does not list its suites costs its silence once, not at each request', async () => {
    const times: number[] = [];
    for (const request of [1, 2, 3]) {
      const begun = performance.now();
      // Each request has a driver of its own.
      expect(await open().read({ timeoutMs: 10_000 }), String(request)).toBe('off');
      times.push(performance.now() - begun);
    }
    expect(times[0]).toBeGreaterThan(2500);
    expect(Math.max(times[1] ?? 0, times[2] ?? 0)).toBeLessThan(2000);
    expect(suites).toEqual(new Map([[key(), 3]]));
  });

  test('a suite that works no more is forgotten, and another agreed on within the same request', async () => {
    suites.set(key(), 17);
    await open().on({ timeoutMs: 10_000 });
    expect(await sim.power()).toBe('on');
    expect(await sim.told()).toEqual(['power 1']);
    expect(suites).toEqual(new Map([[key(), 3]]));
  });

  test('a BMC that is silent or refuses the password is asked for its list again', async () => {
    suites.set(key(), 3);
    await expect(open('wrong').read({ timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'POWER_AUTH',
    });
    expect(suites).toEqual(new Map());
    suites.set(key(), 3);
    await sim.close();
    await expect(open().read({ timeoutMs: 2000 })).rejects.toMatchObject({
      code: 'POWER_UNREACHABLE',
    });
    expect(suites).toEqual(new Map());
  });

  test('a refused request says nothing of the suite', async () => {
    suites.set(key(), 3);
    await sim.setRefusing(true);
    await expect(open().on({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'POWER_REFUSED' });
    expect(suites).toEqual(new Map([[key(), 3]]));
  });
});

test('the best suite of a BMC that lists them is taken again, unlisted', async () => {
  const suites = new Map<string, number>();
  await recordingIpmitool(
    'echo "Using best available cipher suite 17" >&2; echo "Chassis Power is on"',
  );
  await openIpmi({}, undefined, suites).read(attempt);
  expect((await recorded('argv')).split('\n')).not.toContain('-C');
  await openIpmi({}, undefined, suites).read(attempt);
  expect(await recorded('argv')).toContain('-C\n17\n');
  await openIpmi({ cipher_suite: 3 }, undefined, suites).read(attempt);
  expect(await recorded('argv')).toContain('-C\n3\n');
  expect(suites).toEqual(new Map([['127.0.0.1 623', 17]]));
});
