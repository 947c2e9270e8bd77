// The ramdisk's shell agent under the busybox that it has in the ramdisk, against a real HTTP server.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BenchMachine } from './bench-machine.js';
import { ScriptedHelper } from './scripted-helper.js';

const MIB = 1024 * 1024;
const diskBytes = 5 * MIB + 512 * 3;
const target = {
  command: 'target',
  iqn: 'iqn.2026-01.test:a',
  chap_user: 'u',
  chap_secret: 'canary-chap',
};

let machine: BenchMachine;
let helper: ScriptedHelper;

beforeEach(async () => {
  machine = new BenchMachine(diskBytes);
  helper = await ScriptedHelper.start('vda');
});

afterEach(async () => {
  machine.remove();
  await helper.stop();
});

test('a whole deployment: hello, target, verify, restart', async () => {
  machine.start([helper.url]);
  const hello = await helper.hears('hello');
  expect(hello.body).toMatchObject({
    node: machine.node,
    epoch: 3,
    boot_try: 1,
    token: machine.token,
    disks: [{ name: 'vda', size: diskBytes, serial: 'serial "7"\\' }],
  });
  expect(hello.authorization).toBeUndefined();

  helper.command({ ...target, attempt: 1 });
  const ready = await helper.hears('ready');
  expect(ready).toMatchObject({
    authorization: 'Bearer the-session',
    body: { attempt: 1, portal: '127.0.0.1', port: 3260, iqn: target.iqn, lun: 1, zeroed: 1 },
  });
  expect(machine.targetCalls).toContain('tgtd -f --iscsi portal=127.0.0.1:3260');
  const binds = machine.targetCalls.filter((call) => call.includes('--op bind'));
  expect(binds[0]).toContain('--mode account');
  expect(binds[1]).toContain('--mode target');

  machine.fill();
  const extents = `0:${MIB} ${3 * MIB}:${2 * MIB + 512 * 3}`;
  helper.command({ command: 'verify', attempt: 1, extents });
  const report = await helper.hears('report');
  const wanted = createHash('sha256')
    .update(machine.content.subarray(0, MIB))
    .update(machine.content.subarray(3 * MIB))
    .digest('hex');
  expect(report.body).toMatchObject({
    step: 'verify',
    attempt: 1,
    sha256: wanted,
    bytes: 3 * MIB + 1536,
  });

  helper.command({ command: 'reboot', attempt: 1 });
  expect((await helper.hears('report', 2)).body).toMatchObject({ step: 'leaving', attempt: 1 });
  expect(await machine.exitCode()).toBe(10);
  expect(machine.console).not.toContain(machine.token);
  expect(machine.console).not.toContain('canary-chap');
  expect(machine.console).not.toContain('the-session');
});

test('state and attempt travel with every next', async () => {
  machine.start([helper.url]);
  expect((await helper.hears('next')).query).toEqual({
    node: machine.node,
    epoch: '3',
    state: 'idle',
    attempt: '0',
  });
  helper.command({ ...target, attempt: 4 });
  await helper.hears('ready');
  const count = helper.heard.filter(({ call }) => call === 'next').length;
  expect((await helper.hears('next', count + 1)).query).toMatchObject({
    state: 'ready',
    attempt: '4',
  });
});

test('goes on to the next helper when one is down or cannot', async () => {
  const down = await ScriptedHelper.start('vda');
  const { url } = down;
  await down.stop();
  helper.refusals.push({ call: 'hello', status: 503 });
  machine.start([url, helper.url]);
  await helper.hears('next');
  expect(machine.console).toContain(`${url} did not answer /v1/agent/hello: no connection`);
  expect(machine.console).toContain(`${helper.url} did not answer /v1/agent/hello: 503`);
  const nonces = helper.heard
    .filter(({ call }) => call === 'hello')
    .map(({ body }) => body['nonce']);
  expect(nonces).toHaveLength(2);
  expect(new Set(nonces).size).toBe(1);
});

test.each([401, 403, 404])('stops when it is refused with %i', async (status) => {
  helper.refusals.push({ call: 'hello', status });
  machine.start([helper.url]);
  expect(await machine.exitCode()).toBe(11);
  expect(machine.console).toContain(`refused /v1/agent/hello: HTTP ${status}`);
});

test('refuses an older attempt, repeats ready for the same, starts anew for a newer', async () => {
  machine.start([helper.url]);
  helper.command({ ...target, attempt: 2 });
  await helper.hears('ready');
  helper.command({ ...target, attempt: 1 });
  helper.command({ ...target, attempt: 2 });
  expect((await helper.hears('ready', 2)).body).toMatchObject({ attempt: 2 });
  expect(machine.console).toContain('refused a command of attempt 1');
  expect(machine.targetCalls.filter((call) => call.startsWith('tgtd'))).toHaveLength(1);

  helper.command({ ...target, attempt: 3, iqn: 'iqn.2026-01.test:b' });
  expect((await helper.hears('ready', 3)).body).toMatchObject({
    attempt: 3,
    iqn: 'iqn.2026-01.test:b',
  });
  const starts = machine.targetCalls.filter((call) => call.startsWith('tgtd'));
  expect(starts).toHaveLength(2);
  expect(starts).not.toContain('tgtd beside another');
});

test('a disk stays closed for an attempt once it was read back', async () => {
  machine.start([helper.url]);
  helper.command({ ...target, attempt: 1 });
  await helper.hears('ready');
  helper.command({ command: 'verify', attempt: 1, extents: '0:512' });
  await helper.hears('report');
  helper.command({ ...target, attempt: 1 });
  helper.command({ command: 'reboot', attempt: 1 });
  await helper.hears('report', 2);
  expect(await machine.exitCode()).toBe(10);
  expect(helper.heard.filter(({ call }) => call === 'ready')).toHaveLength(1);
});

test('an extent beyond the disk is an error with evidence', async () => {
  machine.start([helper.url]);
  helper.command({ command: 'verify', attempt: 1, extents: `0:${diskBytes + 512}` });
  const { body } = await helper.hears('report');
  expect(body).toMatchObject({ step: 'error', attempt: 1 });
  expect(body['error']).toContain('could not read back');
  expect(typeof body['evidence']).toBe('string');
  expect(body['sha256']).toBeUndefined();
});

test('a report that comes too late is dropped, and the next command obeyed', async () => {
  machine.start([helper.url]);
  helper.refusals.push({ call: 'report', status: 409 });
  helper.command({ command: 'verify', attempt: 1, extents: '0:512' });
  helper.command({ command: 'verify', attempt: 2, extents: '0:512' });
  expect((await helper.hears('report', 2)).body).toMatchObject({ step: 'verify', attempt: 2 });
});

test.each([
  [{ command: 'poweroff' }, 'told to power off'],
  [{ command: 'abort', reason: 'deployment failed' }, 'told to give up: deployment failed'],
])('ends with power off on %o', async (command, words) => {
  machine.start([helper.url]);
  helper.command(command);
  expect(await machine.exitCode()).toBe(11);
  expect(machine.console).toContain(words);
});
