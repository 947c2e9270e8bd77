import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { enrolmentOf } from './enrolment.js';

const folder = mkdtempSync(join(tmpdir(), 'create-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const least = { cpus: 2, memoryMb: 2048, localGb: 10, mac: ['52-54-00-AA-BB-CC'] };

test('options become the fields of the request; missing options are omitted', () => {
  expect(enrolmentOf({ ...least, json: true })).toEqual({
    cpus: 2,
    memory_mb: 2048,
    local_gb: 10,
    interfaces: [{ address: '52:54:00:aa:bb:cc', pxe: true }],
  });
});

test('the first NIC is the boot NIC', () => {
  const mac = ['52:54:00:aa:bb:cc', '5254.00aa.bbcd'];
  expect(enrolmentOf({ ...least, mac })).toMatchObject({
    interfaces: [
      { address: '52:54:00:aa:bb:cc', pxe: true },
      { address: '52:54:00:aa:bb:cd', pxe: false },
    ],
  });
  expect(() => enrolmentOf({ ...least, mac: ['52:54:00'] })).toThrow(
    '52:54:00 is not a MAC address.',
  );
});

test('the BMC, its password from a file', () => {
  const pmPasswordFile = join(folder, 'password');
  writeFileSync(pmPasswordFile, 'geh eim\n');
  const pmOption = ['cipher_suite=3', 'boot_efi=true', 'privilege=OPERATOR', 'note=a=b'];
  const bmc = { driver: 'ipmi', pmAddress: '192.0.2.1', pmUser: 'root', pmPasswordFile, pmOption };
  expect(enrolmentOf({ ...least, ...bmc })['power']).toEqual({
    driver: 'ipmi',
    address: '192.0.2.1',
    user: 'root',
    password: 'geh eim',
    options: { cipher_suite: 3, boot_efi: true, privilege: 'OPERATOR', note: 'a=b' },
  });
  expect(() => enrolmentOf({ ...least, pmPasswordFile: join(folder, 'none') })).toThrow(
    /Cannot read the password file/,
  );
  expect(() => enrolmentOf({ ...least, pmOption: ['=3'] })).toThrow(/key=value/);
});
