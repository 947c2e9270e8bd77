import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beat } from '@metalcast/db';
import { freePort } from '@metalcast/rig';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, startApiProcess, type ApiProcess } from '../api/api-process.js';
import { aMac } from '../db/rows.js';
import { metalcast, type Ended } from './metalcast.js';

const bmcPassword = 'canary-bmc-password';
const folder = mkdtempSync(join(tmpdir(), 'cli-node-'));
const passwordFile = join(folder, 'password');
let api: ApiProcess;
let env: Record<string, string>;

beforeAll(async () => {
  writeFileSync(passwordFile, `${bmcPassword}\n`);
  api = await startApiProcess({ port: await freePort() });
  env = {
    OS_AUTH_URL: `${api.url}/identity/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: adminPassword,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await api.close();
});

const node = (...args: string[]): Promise<Ended> => metalcast(['node', ...args], env);
const size = ['--cpus', '2', '--memory-mb', '2048', '--local-gb', '10'];
const account = ['--pm-user', 'root', '--pm-password-file', passwordFile];
let enrolled = 0;

async function enrol(name: string): Promise<{ uuid: string }> {
  const macs = ['--mac', aMac(), aMac()];
  enrolled += 1;
  const bmc = ['--pm-address', `192.0.2.${enrolled}`, ...account];
  const args = [...size, ...bmc, ...macs, '--name', name, '--pm-option', 'cipher_suite=3'];
  const { code, stdout, stderr } = await node('create', '--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { uuid: string };
}

test('a machine is enrolled with all its NICs, found by uuid and name, and deleted again', async () => {
  const { uuid } = await enrol('rack-1');
  const row = await api.database.prisma.node.findUniqueOrThrow({
    where: { uuid },
    include: { interfaces: { orderBy: { id: 'asc' } } },
  });
  expect(row).toMatchObject({
    cpus: 2,
    memoryMb: 2048,
    localGb: 10,
    pmOptions: { cipher_suite: 3 },
  });
  expect(row.interfaces.map(({ pxe }) => pxe)).toEqual([true, false]);
  expect(row.pmSecret).not.toContain(bmcPassword);

  for (const which of [uuid, 'rack-1']) {
    const shown = JSON.parse((await node('show', which, '--json')).stdout) as object;
    expect(shown).toMatchObject({ uuid, name: 'rack-1', state: 'available' });
    expect(shown).not.toHaveProperty('id');
  }
  expect(await node('show', String(row.id))).toMatchObject({ code: 1, stdout: '' });
  const text = (await node('show', 'rack-1')).stdout;
  expect(text).toMatch(/^power\.address +192\.0\.2\.1$/m);
  expect(text).not.toContain(bmcPassword);
  expect((await node('list')).stdout).toMatch(new RegExp(`^${uuid} +rack-1 +available`, 'm'));

  expect(await node('delete', 'rack-1')).toEqual({
    code: 0,
    stdout: `deleted node ${uuid}\n`,
    stderr: '',
  });
  expect(await node('show', 'rack-1')).toMatchObject({ code: 1, stdout: '' });
});

test('fields of a node are set and emptied again', async () => {
  const { uuid } = await enrol('rack-2');
  const set = (...args: string[]): Promise<Ended> => node('set', 'rack-2', ...args);
  const place = ['--rack', 'r1', '--power-feed', 'a', '--switch', 'sw', '--trait', 'HW_GPU'];
  expect(await set(...place, '--capability', 'ssd=true', '--quarantine', 'odd noises')).toEqual({
    code: 0,
    stdout: `node ${uuid}: rack, power_feed, switch, traits, capabilities, quarantined, quarantine_reason set\n`,
    stderr: '',
  });
  expect((await node('list')).stdout).toMatch(
    new RegExp(`^${uuid} +rack-2 +r1 +available, quarantined`, 'm'),
  );
  const shown = JSON.parse((await node('show', 'rack-2', '--json')).stdout) as object;
  expect(shown).toMatchObject({
    ...{ rack: 'r1', power_feed: 'a', switch: 'sw', traits: ['HW_GPU'] },
    ...{ capabilities: { ssd: true }, quarantined: true, quarantine_reason: 'odd noises' },
  });
  await set('--no-quarantine', '--reset-failures', '--unset', 'traits', 'rack');
  const after = JSON.parse((await node('show', 'rack-2', '--json')).stdout) as object;
  expect(after).toMatchObject({
    ...{ quarantined: false, quarantine_reason: null, failures: 0, traits: [], rack: null },
    ...{ power_feed: 'a', maintenance: false },
  });
  const kept = ['--keep-disk', 'serial=WD-1', '--keep-disk', 'model=<in> backup,size=4000'];
  expect(await set(...kept)).toMatchObject({ code: 0, stderr: '' });
  expect(await set('--pm-address', '192.0.2.222')).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await node('show', 'rack-2', '--json')).stdout)).toMatchObject({
    keep_disks: [{ serial: 'WD-1' }, { model: '<in> backup', size: '4000' }],
    power: { address: '192.0.2.222', user: 'root', options: { cipher_suite: 3 } },
  });
  expect((await set('--unset', 'data-of')).stdout).toMatch(/: data_of emptied\n$/);
  expect(await set()).toMatchObject({ code: 2, stdout: '' });
  const refused = await set('--trait', 'lower');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/changes\.traits\.0: must be capital letters/);
});

test('when one of several nodes is missing, none is deleted', async () => {
  const { uuid } = await enrol('stays');
  const { code, stderr } = await node('delete', 'stays', 'nobody', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({
    error: {
      code: 'NOT_FOUND',
      message:
        '1 of 2 nodes cannot be removed, so none was. nobody: Node nobody could not be found.',
    },
  });
  expect(await api.database.prisma.node.findUnique({ where: { uuid } })).toMatchObject({
    deletedAt: null,
  });
});

test('several nodes are changed or deleted in one request, or none is', async () => {
  const [a, b] = [await enrol('many-1'), await enrol('many-2')];
  const done = await node('set', 'many-1', b.uuid, '--rack', 'r5', '--maintenance', 'moved');
  expect(done).toEqual({
    code: 0,
    stdout: [a, b]
      .map(({ uuid }) => `node ${uuid}: rack, maintenance, maintenance_reason set\n`)
      .join(''),
    stderr: '',
  });
  const refused = await node('set', 'many-1', 'nobody', '--rack', 'r6');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/1 of 2 nodes cannot be changed, so none was/) as string,
  });
  expect(await node('set', 'many-1', 'many-2', '--name', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--name is unique per machine/) as string,
  });
  const where = { rack: 'r5', maintenance: true };
  expect(await api.database.prisma.node.count({ where })).toBe(2);
  expect(await node('delete', 'many-1', 'many-2')).toMatchObject({
    code: 0,
    stdout: `deleted node ${a.uuid}\ndeleted node ${b.uuid}\n`,
  });
});

test("the api's refusal is printed as a sentence", async () => {
  const { code, stderr } = await node('create', ...size, '--mac', aMac(), '--driver', 'wizard');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^metalcast: .*power driver wizard is not known/);
});

test('a power request is a message in the outbox', async () => {
  const one = await enrol('power-1');
  const two = await enrol('power-2');
  const { code, stdout } = await node('power', '--no-wait', 'on', 'power-1', 'power-2');
  expect(code).toBe(0);
  expect(stdout).toBe(
    `node ${one.uuid}: requested power on\nnode ${two.uuid}: requested power on\n`,
  );
  const casts = await api.database.prisma.outbox.findMany({ where: { kind: 'cast' } });
  expect(casts.map(({ aggregate }) => aggregate).sort()).toEqual(
    [one.uuid, two.uuid].map((uuid) => `power:${uuid}`).sort(),
  );
  for (const { body } of casts) {
    expect(body).toContain('"method');
    expect(body).not.toContain(bmcPassword);
  }
});

test('services are listed with their state', async () => {
  const heart = {
    host: 'h1',
    binary: 'nova-compute',
    topic: 'compute',
    version: '1.0',
    details: {},
  };
  await beat(api.database, heart, true);
  const { code, stdout } = await metalcast(['service', 'list'], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^nova-compute +h1 +nova +enabled +up +\d+ s ago$/m);
  const json = await metalcast(['service', 'list', '--json'], env);
  expect(JSON.parse(json.stdout)).toMatchObject([{ binary: 'nova-compute', host: 'h1' }]);
});

test('the machines of a file are enrolled; refused machines are reported with their line', async () => {
  const file = join(folder, 'rack.csv');
  const row = (name: string, bmc: string, cpus = 2): string =>
    [name, cpus, 2048, 10, `${aMac()};${aMac()}`, bmc].join(',');
  const head = 'name,cpus,memory_mb,local_gb,mac,pm_address';
  const rows = Array.from({ length: 300 }, (_, index) =>
    row(`file-${index}`, `10.8.${index >> 8}.${index % 256}`),
  );
  const clash = row('file-300', '10.8.0.7');
  writeFileSync(file, [head, ...rows, clash, ''].join('\n'));
  const common = ['--from', file, ...account, '--rack', 'r9', '--pm-option', 'cipher_suite=3'];
  const { code, stdout, stderr } = await node('create', ...common);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const [refused, sum] = stdout.trimEnd().split('\n');
  expect(refused).toMatch(
    /rack\.csv, line 302: The BMC 10\.8\.0\.7:623 is that of node .*file-7\)/,
  );
  expect(sum).toBe('enrolled 300 of 301 machines');
  const where = { rack: 'r9', pmUser: 'root', pmSecret: { not: null }, deletedAt: null };
  const { prisma } = api.database;
  expect(await prisma.node.count({ where })).toBe(300);
  expect(await prisma.interface.count({ where: { node: where } })).toBe(600);
  const again = await node('create', ...common, '--json');
  expect(again.code).toBe(1);
  expect(JSON.parse(again.stdout)).toMatchObject({ created: 0, failed: 301 });
});

test('a file with a mistake enrols nothing; options that are unique per machine are refused for a file', async () => {
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, '- name: wrong-1\n- wrong-2\n');
  const wrong = await node('create', '--from', file);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(
    /wrong\.yaml, line 2 \(entry 2\): a machine must be a mapping of keys to values/,
  );
  expect((await node('create', '--from', file, '--name', 'x')).stderr).toMatch(
    /--name is unique per machine/,
  );
  expect(await node('create', '--cpus', '2')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Missing options: --memory-mb, --local-gb, --mac/) as string,
  });
});

test('an interface is added, and removed again', async () => {
  const { uuid } = await enrol('rack-nics');
  const mac = aMac();
  const addresses = async (): Promise<[string, boolean][]> => {
    const where = { node: { uuid } };
    const rows = await api.database.prisma.interface.findMany({ where });
    return rows.map(({ address, pxe }) => [address, pxe]);
  };
  const before = await addresses();
  const added = await node('interface', 'add', 'rack-nics', mac, '--no-pxe');
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(await addresses()).toEqual([...before, [mac, false]]);
  const removed = await node('interface', 'remove', uuid, mac.toUpperCase());
  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(await addresses()).toEqual(before);
  const again = await node('interface', 'remove', uuid, mac);
  expect(again.stderr).toContain(`Interface ${mac} could not be found`);
  expect(again.code).not.toBe(0);
});

test('the end of a power command is waited for, and a refusal is printed', async () => {
  const { uuid } = await enrol('power-3');
  const { id, epoch } = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });
  const running = node('power', 'on', 'power-3');
  const key = await waitFor(
    async () => {
      const [cast] = await api.database.prisma.outbox.findMany({
        where: { aggregate: `power:${uuid}` },
      });
      return /\bkey\\*": *\\*"(\w+)/.exec(cast?.body ?? '')?.[1];
    },
    { timeoutMs: 20_000, what: 'the request' },
  );
  const message = `The BMC 192.0.2.1 of node ${uuid} refused power on: Node sulks`;
  const fault = { code: 'POWER_REFUSED', message, details: {}, retryable: 'other-node' };
  await api.database.prisma.powerCommand.create({
    data: {
      ...{ key, nodeId: id, epoch, address: '', target: 'on', requestId: 'req-1' },
      ...{ state: 'failed', fault, deadlineAt: new Date(), finishedAt: new Date() },
    },
  });
  const { code, stdout } = await running;
  expect(stdout).toMatch(/^node .*: power on: POWER_REFUSED: .*power-3.* Node sulks Read the BMC/);
  expect(code).toBe(1);
  const shown = await node('show', 'power-3');
  expect(shown.stdout).toMatch(/^power\.last_command +on: failed at .*POWER_REFUSED: /m);
});

test('a power command that nobody takes in is given up with a word', async () => {
  const { uuid } = await enrol('power-4');
  const { code, stdout } = await node('power', 'off', 'power-4', '--timeout', '1');
  expect(stdout).toMatch(
    new RegExp(`^node ${uuid}: power off: not ended after 1 s, no power service has taken it in`),
  );
  expect(code).toBe(1);
});
