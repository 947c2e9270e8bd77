import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { TestKeys, waitFor } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chapOf, targetName } from '../../../services/deploy-helper/src/deployment/keys.js';
import { blkid, cutOut, driveFile, partitionsOf } from './disk-reader.js';
import { makeImage } from './images.js';
import { ScriptedAgent, type Mischief } from './scripted-agent.js';
import { TargetDaemon } from './target-daemon.js';
import { userData, World, type Helper, type NodeWithServer, type ServerRequest } from './world.js';

const mib = 1024 * 1024;
const diskBytes = 128 * mib;
let world: World;
let helper: Helper;
let mbrImage: string;
let gptImage: string;
const agents: ScriptedAgent[] = [];

beforeAll(async () => {
  world = await World.make();
  mbrImage = join(world.folder, 'mbr.qcow2');
  gptImage = join(world.folder, 'gpt.qcow2');
  makeImage(mbrImage, { sizeMb: 64, dataMb: 10, table: 'label: dos\n,40M,L,*\n' });
  makeImage(gptImage, { sizeMb: 64, dataMb: 10, table: 'label: gpt\n,40M,L\n' });
  helper = await world.helper('helper-1');
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
  await world.releaseAll();
});
afterAll(() => world.close());

function agentOf(
  of: NodeWithServer,
  mischief: Mischief = {},
  helpers = [helper.url],
): ScriptedAgent {
  const diskFile = join(world.folder, `${of.node}.disk`);
  const agent = new ScriptedAgent({ ...of, helpers, diskFile, diskBytes }, mischief);
  agents.push(agent);
  return agent;
}

const diskOf = (of: NodeWithServer): string => join(world.folder, `${of.node}.disk`);
const mbrServer = (more: Partial<ServerRequest> = {}): Promise<NodeWithServer> =>
  world.nodeWithServer({ imageFile: mbrImage, imageBytes: 64 * mib, ...more });

const oldLine = 'PREVIOUS-TENANT';

/** A disk full of what another tenant wrote. */
function fillWithOld(path: string): void {
  const disk = openSync(path, 'w');
  const lines = Buffer.alloc(mib, `${oldLine}\n`);
  for (let at = 0; at < diskBytes; at += mib) {
    writeSync(disk, lines, 0, mib, at);
  }
  closeSync(disk);
}

/** Hello, cast, and all commands until the node leaves or gives up. */
async function build(of: NodeWithServer, mischief: Mischief = {}) {
  const agent = agentOf(of, mischief);
  expect((await agent.hello()).status).toBe(200);
  await world.deploy(of);
  const obeyed = agent.obey();
  const row = await world.inState(of, 'verified', 'failed');
  return { agent, obeyed, row };
}

describe('a whole deployment', () => {
  test(
    'image, swap and config drive are on the disk, and the node leaves',
    { timeout: 60_000 },
    async () => {
      const of = await mbrServer({ swapMb: 8 });
      const { agent, obeyed, row } = await build(of);
      expect(row).toMatchObject({ state: 'verified', fault: null, attempt: 1, disk: 'vda' });
      const image = agent.commands.find(({ command }) => command === 'verify')?.['extents'];
      expect(image).toMatch(/^4194304:\d+ 0:1048576 /);
      await world.restart(of);
      expect(await obeyed).toMatchObject({ command: 'reboot', attempt: 1 });
      await world.inState(of, 'left');
      await world.restart(of);
      await world.deploy(of);
      expect((await world.row(of))?.state).toBe('left');

      const partitions = partitionsOf(diskOf(of));
      expect(partitions).toMatchObject([
        { start: 2048, size: 81_920, type: '83' },
        { start: 116 * 2048, size: 8 * 2048, type: '82' },
        { start: 124 * 2048, size: 4 * 2048, type: 'c' },
      ]);
      const [root, swap, drive] = partitions.map((one) => cutOut(diskOf(of), one, world.folder));
      expect(blkid(swap ?? '')).toContain('LABEL=swap1');
      expect(blkid(drive ?? '')).toMatch(/LABEL=config-2\n[\s\S]*TYPE=vfat/);
      expect(driveFile(drive ?? '', 'openstack/latest/user_data')).toBe(userData);
      const metaData = driveFile(drive ?? '', 'openstack/latest/meta_data.json');
      expect(JSON.parse(metaData)).toMatchObject({
        uuid: of.instance,
        hostname: 'web-1',
        name: 'web 1',
        public_keys: { mine: 'ssh-ed25519 AAAA me' },
      });
      expect(
        JSON.parse(driveFile(drive ?? '', 'openstack/latest/network_data.json')),
      ).toMatchObject({
        links: [{ ethernet_mac_address: '52:54:00:00:00:01' }],
        networks: [{ type: 'ipv4_dhcp' }],
        services: [{ type: 'dns', address: '127.0.0.53' }],
      });
      expect(await imageContentDigest(mbrImage)).toBe(await digest(root ?? ''));

      const types = (await world.events(of)).map(({ type }) => type);
      expect(types[0]).toBe('agent.hello');
      expect(types).toEqual(expect.arrayContaining(['deploy.started', 'deploy.progress']));
      expect(types.indexOf('deploy.verified')).toBeLessThan(types.indexOf('agent.leaving'));
      const verified = (await world.events(of)).find(({ type }) => type === 'deploy.verified');
      expect(verified?.data).toMatchObject({ whole: true, attempt: 1 });
    },
  );

  test.each([
    ['nothing', undefined, {}],
    [
      'two lines',
      'no entry for /dev/vda\n\nNo space left',
      { evidence: ['no entry for /dev/vda', 'No space left'] },
    ],
  ])(
    'what kept the firmware’s boot order from its entry (%s) is in the last event',
    async (_, lastEvidence, data) => {
      const of = await mbrServer();
      const { obeyed } = await build(of, lastEvidence === undefined ? {} : { lastEvidence });
      await world.restart(of);
      await obeyed;
      await world.inState(of, 'left');
      const leaving = (await world.events(of)).find(({ type }) => type === 'agent.leaving');
      expect(leaving?.data).toEqual(data);
    },
  );

  test('GPT: its copy moves to the end of the disk', async () => {
    const of = await world.nodeWithServer({ imageFile: gptImage, imageBytes: 64 * mib });
    const { row } = await build(of);
    expect(row).toMatchObject({ state: 'verified', fault: null });
    expect(partitionsOf(diskOf(of))).toMatchObject([{ start: 2048 }, { name: 'config-2' }]);
    const verify = execFileSync('sfdisk', ['--verify', diskOf(of)], { stdio: 'pipe' }).toString();
    expect(verify).toContain('No errors detected');
  });

  test('a disk that was not emptied holds nothing old where the image has zeros', async () => {
    const of = await mbrServer();
    fillWithOld(diskOf(of));
    const { row } = await build(of, { zeroed: 0 });
    expect(row).toMatchObject({ state: 'verified', fault: null, zeroed: false });
    expect(readFileSync(diskOf(of)).includes(oldLine)).toBe(false);
    const [root, drive] = partitionsOf(diskOf(of)).map((one) =>
      cutOut(diskOf(of), one, world.folder),
    );
    expect(await digest(root ?? '')).toBe(await imageContentDigest(mbrImage));
    expect(driveFile(drive ?? '', 'openstack/latest/user_data')).toBe(userData);
  });

  test('images are fetched once', () => {
    const counts = new Map<string, number>();
    for (const id of world.images.downloads) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(world.images.downloads.length).toBeLessThanOrEqual(2);
    // Nobody else on this host may read what projects have uploaded.
    expect(statSync(join(world.folder, 'helper-1', 'images')).mode & 0o077).toBe(0);
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
  });

  test('each disk costs one program, and its image a few more, once', async () => {
    const folder = join(world.folder, 'programs');
    const calls = join(folder, 'calls');
    mkdirSync(folder);
    const real = execFileSync('which', ['qemu-img']).toString().trim();
    const script = `#!/bin/sh\necho "$1" >>${calls}\nexec ${real} "$@"\n`;
    writeFileSync(join(folder, 'qemu-img'), script, { mode: 0o755 });
    await helper.stop();
    helper = await world.helper('counted', { PATH: `${folder}:${process.env['PATH'] ?? ''}` });
    const programsOf = async (request: Partial<ServerRequest>): Promise<string[]> => {
      writeFileSync(calls, '');
      const { row } = await build(await mbrServer(request));
      expect(row).toMatchObject({ state: 'verified', fault: null });
      return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
    };
    // Looked at, its head, where it has data, their digest; then written.
    expect(await programsOf({})).toEqual(['info', 'convert', 'map', 'convert', 'convert']);
    expect(await programsOf({ swapMb: 8 })).toEqual(['convert']);
    // A raw image has its head read by the helper itself.
    const [image, raw] = [join(world.folder, 'small.qcow2'), join(world.folder, 'small.raw')];
    makeImage(image, { sizeMb: 16, dataMb: 2, table: 'label: dos\n,8M,L,*\n' });
    execFileSync(real, ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
    const small = { imageFile: raw, imageFormat: 'raw', imageBytes: 16 * mib };
    expect(await programsOf(small)).toEqual(['info', 'map', 'convert', 'convert']);
    expect(await programsOf({ ...small, swapMb: 8 })).toEqual(['convert']);
  });
});

describe('what goes wrong has a name', () => {
  test('the target refuses the secret', async () => {
    const { row, obeyed } = await build(await mbrServer(), { wrongSecret: true });
    expect(row).toMatchObject({ state: 'failed', fault: { code: 'TARGET_REFUSED' } });
    expect(await obeyed).toMatchObject({ command: 'abort' });
  });

  test('the disk does not keep what was written', async () => {
    const of = await mbrServer();
    const { row } = await build(of, {
      onVerify: () => {
        const disk = openSync(diskOf(of), 'r+');
        writeSync(disk, Buffer.from('rot'), 0, 3, 5 * mib);
        closeSync(disk);
      },
    });
    expect(row).toMatchObject({ state: 'failed', fault: { code: 'VERIFY_FAILED' } });
    const failed = (await world.events(of)).find(({ type }) => type === 'deploy.failed');
    expect(failed).toMatchObject({ epoch: of.epoch, data: { fault: { code: 'VERIFY_FAILED' } } });
  });

  test('the image is larger than the disk', async () => {
    const large = join(world.folder, 'large.qcow2');
    makeImage(large, { sizeMb: 256, dataMb: 1, table: 'label: dos\n,200M,L\n' });
    const of = await world.nodeWithServer({ imageFile: large, imageBytes: 256 * mib });
    const { row } = await build(of);
    expect(row).toMatchObject({
      state: 'failed',
      bytesDone: 0n,
      fault: {
        code: 'IMAGE_TOO_LARGE',
        details: { image: of.image, neededMb: 256, availableMb: 128 },
      },
    });
  });

  test.each([
    ['cut off', (sealed: string) => sealed.slice(0, -9), /damaged/],
    ['huge', (sealed: string) => sealed + 'A'.repeat(1_000_000), /is longer than/],
    ['another server’s', () => sealedFor(randomUUID()), /of another row/],
    ['sealed to a lost key', () => sealedFor(randomUUID(), new TestKeys()), /does not have/],
  ])('user data that is %s: the server fails, the helper does not', async (_, damage, reason) => {
    const of = await mbrServer();
    const { instance } = world.database.prisma;
    const where = { uuid: of.instance };
    const { userData } = await instance.findUniqueOrThrow({ where });
    await instance.update({ where, data: { userData: await damage(userData ?? '') } });
    const { row } = await build(of);
    expect(row).toMatchObject({
      state: 'failed',
      bytesDone: 0n,
      fault: {
        code: 'SECRET_UNREADABLE',
        details: {
          owner: `instances.user_data:${of.instance}`,
          reason: expect.stringMatching(reason) as string,
        },
      },
    });
  });

  const sealedFor = (uuid: string, keys = world.keys): Promise<string> =>
    keys.seal('instancePublic', `instances.user_data:${uuid}`, 'canary-4711');

  test('no room for the swap', async () => {
    const { row } = await build(await mbrServer({ swapMb: 100 }));
    expect(row).toMatchObject({ state: 'failed', fault: { code: 'DISK_TOO_SMALL' } });
  });

  test('an image with a backing file, a partition image, four primary partitions', async () => {
    const backed = join(world.folder, 'backed.qcow2');
    const make = ['create', '-q', '-f', 'qcow2', '-b', mbrImage, '-F', 'qcow2', backed];
    execFileSync('qemu-img', make);
    const four = join(world.folder, 'four.qcow2');
    makeImage(four, { sizeMb: 64, dataMb: 1, table: 'label: dos\n,9M\n,9M\n,9M\n,9M\n' });
    const cases: [Partial<ServerRequest>, RegExp][] = [
      [{ imageFile: backed }, /refers to another file/],
      [{ kernelId: 'some' }, /partition with kernel and ramdisk/],
      [{ imageFile: four }, /0 free places/],
    ];
    for (const [request, message] of cases) {
      const { row } = await build(await mbrServer(request));
      expect(row).toMatchObject({ state: 'failed', fault: { code: 'IMAGE_UNSUITABLE' } });
      expect((row.fault as { message: string }).message).toMatch(message);
    }
  });

  test('the ramdisk reports an error', async () => {
    const of = await mbrServer();
    const agent = agentOf(of);
    await agent.hello();
    await world.deploy(of);
    await world.inState(of, 'targeting');
    const said = {
      attempt: 1,
      step: 'error',
      error: 'no tgtd',
      evidence: 'ata1: failed\nI/O error',
    };
    expect((await agent.report(said)).status).toBe(200);
    expect(await world.row(of)).toMatchObject({
      state: 'failed',
      fault: { code: 'WRITE_FAILED', evidence: ['ata1: failed', 'I/O error'] },
    });
    const types = (await world.events(of)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['agent.error', 'deploy.failed']));
    expect((await agent.report(said)).status).toBe(200);
  });

  test('no disk', async () => {
    const of = await mbrServer();
    const agent = agentOf(of);
    const body = agent.helloBody({ disks: [] });
    expect(await agent.hello(body)).toMatchObject({ status: 422, body: { code: 'DISK_MISSING' } });
    expect(await agent.hello(body)).toMatchObject({ status: 422 });
    expect(await world.row(of)).toMatchObject({ state: 'failed', fault: { code: 'DISK_MISSING' } });
  });
});

describe('who may speak', () => {
  test('a token is spent by its first nonce', async () => {
    const agent = agentOf(await mbrServer());
    const body = agent.helloBody();
    const first = await agent.hello(body);
    expect(first).toMatchObject({ status: 200, body: { method: 'iscsi', disk: 'vda' } });
    expect(await agent.hello(body)).toEqual(first);
    expect(await agent.hello()).toMatchObject({ status: 403, body: { code: 'AGENT_REJECTED' } });
  });

  test('another token, epoch, boot or address is refused', async () => {
    const agent = agentOf(await mbrServer());
    for (const wrong of [{ token: 'f'.repeat(64) }, { epoch: 2 }, { boot_try: 2 }]) {
      expect((await agent.hello(agent.helloBody(wrong))).status).toBe(403);
    }
    const elsewhere = agentOf(await mbrServer({ portAddress: '127.0.0.9' }));
    expect(await elsewhere.hello()).toMatchObject({ status: 403 });
  });

  test("a caller's mistakes are no errors of ours", async () => {
    const agent = agentOf(await mbrServer());
    expect((await agent.call('POST', '/v1/agent/hello', { node: 'x' })).status).toBe(400);
    expect((await agent.next()).status).toBe(403);
    expect((await agent.call('GET', '/v1/agent/next')).status).toBe(400);
    expect((await agent.call('GET', '/v1/nothing')).status).toBe(404);
    const huge = { node: 'x'.repeat(300_000) };
    expect((await agent.call('POST', '/v1/agent/hello', huge)).status).toBe(413);
    const broken = await fetch(`${helper.url}/v1/agent/hello`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json', accept: 'text/plain' },
    });
    expect(broken.status).toBe(400);
    expect(await broken.text()).toMatch(/^code=BAD_REQUEST\nmessage=/);
    const form = await fetch(`${helper.url}/v1/agent/hello`, {
      method: 'POST',
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.status).toBe(415);
  });

  test('a NUL in what a ramdisk tells loses none of its words', async () => {
    const of = await mbrServer();
    const agent = agentOf(of);
    const disks = [{ name: 'vda', size: 128 * mib, serial: 'S\u00001' }];
    expect((await agent.hello(agent.helloBody({ disks }))).status).toBe(200);
    const report = { attempt: 0, step: 'error', error: 'panic \u0000here' };
    expect((await agent.report(report)).status).toBe(200);
    const row = await world.row(of);
    expect(row?.fault).toMatchObject({ details: { reason: 'panic here' } });
    expect(row?.inventory).toMatchObject({ disks: [{ serial: 'S1' }] });
  });

  test('many questions on one connection leave nothing behind', async () => {
    const agent = agentOf(await mbrServer());
    await agent.hello();
    await agent.report({ attempt: 0, step: 'error', error: 'gives up' });
    for (let question = 1; question <= 12; question += 1) {
      expect((await agent.next()).body).toMatchObject({ command: 'abort' });
    }
    expect(helper.log()).not.toContain('MaxListenersExceededWarning');
  });

  test('lines for a shell', async () => {
    const agent = agentOf(await mbrServer());
    const body = agent.helloBody();
    const accept = { accept: 'text/plain' };
    const { body: answer } = await agent.call('POST', '/v1/agent/hello', body, accept);
    expect(answer['text']).toMatch(/^session=[0-9a-f]{64}\nmethod=iscsi\ndisk=vda\nempties=\n$/);
  });

  test('a portal that is not its own, and words of another attempt', async () => {
    const of = await mbrServer();
    const agent = agentOf(of);
    await agent.hello();
    await world.deploy(of);
    const { iqn } = (await agent.next()).body;
    const ready = { attempt: 1, portal: '127.0.0.1', port: 3260, lun: 1, zeroed: 1, iqn };
    expect((await agent.ready({ ...ready, portal: '127.0.0.9' })).status).toBe(403);
    expect((await agent.ready({ ...ready, attempt: 2 })).status).toBe(409);
    expect((await agent.ready({ ...ready, iqn: 'iqn.other' })).status).toBe(409);
    expect((await agent.report({ attempt: 1, step: 'leaving' })).status).toBe(409);
  });

  test('a node that is in another epoch is told to give up', async () => {
    const of = await mbrServer();
    const agent = agentOf(of);
    await agent.hello();
    await world.database.prisma.node.update({
      where: { id: of.nodeId },
      data: { epoch: of.epoch + 1 },
    });
    expect((await agent.next()).body).toMatchObject({ command: 'abort' });
    await world.deploy(of);
    expect((await agent.report({ attempt: 0, step: 'leaving' })).status).toBe(409);
    expect((await world.row(of))?.state).toBe('hello');
  });
});

test('a disk that is offered in a later epoch is not written by who only remembers the one before', async () => {
  // Longer than it may take: no renewal tells of the new epoch.
  const times = { METALCAST_LEASE_MS: '300000', METALCAST_TARGET_MS: '300000' };
  const forgetful = await world.helper('forgetful', { ...times, METALCAST_STALL_MS: '300000' });
  await helper.stop();
  const image = join(world.folder, 'other.qcow2');
  makeImage(image, { sizeMb: 64, dataMb: 1, table: 'label: dos\n,40M,L,*\n' });
  const of = await mbrServer({ imageFile: image });
  const letCome = world.images.hold();
  const agent = agentOf(of, {}, [forgetful.url]);
  await agent.hello();
  await world.deploy(of);
  await world.inState(of, 'targeting');
  const { body: offer } = await agent.next();
  const later = { node: of.node, epoch: of.epoch + 1, attempt: 1 };
  const { user: chapUser, secret: chapSecret } = chapOf(world.keys.agent, {
    ...later,
    createdAt: new Date(),
  });
  const daemon = await TargetDaemon.serve(diskOf(of), {
    ...{ iqn: targetName(later), chapUser, chapSecret },
  });
  try {
    const disk = { portal: '127.0.0.1', port: daemon.port, lun: 1, iqn: offer['iqn'], zeroed: 1 };
    expect((await agent.ready({ attempt: 1, ...disk })).status).toBe(200);
    await world.inState(of, 'writing');
    await world.releaseAll();
    letCome();
    await waitFor(() => /TARGET_REFUSED|lost a deployment/.test(forgetful.log()), {
      timeoutMs: 60_000,
      what: 'the attempt to end',
    });
  } finally {
    await daemon.kill();
  }
  expect(readFileSync(diskOf(of)).every((byte) => byte === 0)).toBe(true);
  expect((await world.row(of))?.verifySha256).toBeNull();
  await forgetful.stop();
  helper = await world.helper('helper-1');
}, 120_000);

describe('lost and found', () => {
  test('a node that reboots by itself begins again', async () => {
    const of = await mbrServer();
    const first = agentOf(of);
    await first.hello();
    await world.deploy(of);
    expect((await first.next()).body).toMatchObject({ command: 'target', attempt: 1 });
    const again = await world.reboot(of);
    const second = agentOf(again);
    expect((await second.hello()).status).toBe(200);
    expect((await first.next()).status).toBe(403);
    const obeyed = second.obey();
    const row = await world.inState(of, 'verified', 'failed');
    expect(row).toMatchObject({ state: 'verified', bootTry: 2 });
    expect(row.attempt).toBeGreaterThan(1);
    await world.restart(of);
    expect(await obeyed).toMatchObject({ command: 'reboot' });
  });

  test('a ramdisk that speaks to another helper than the one that writes waits for neither', async () => {
    // Longer than it may take: only hints between the helpers are faster.
    const slow = {
      METALCAST_LEASE_MS: '300000',
      METALCAST_TARGET_MS: '300000',
      METALCAST_STALL_MS: '300000',
      METALCAST_NEXT_HOLD_MS: '25000',
    };
    const pair = [await world.helper('pair-1', slow), await world.helper('pair-2', slow)];
    await helper.stop();
    const of = await mbrServer();
    const began = performance.now();
    const agent = agentOf(of, {}, [pair[0]?.url ?? '']);
    await agent.hello();
    await world.deploy(of);
    const { helper: holder } = await world.inState(of, 'targeting');
    const [other] = pair.filter(({ name }) => holder?.startsWith(`${name}:`) !== true);
    agent.turnTo([other?.url ?? '']);
    const obeyed = agent.obey();
    expect(await world.inState(of, 'verified', 'failed')).toMatchObject({ state: 'verified' });
    await world.restart(of);
    expect(await obeyed).toMatchObject({ command: 'reboot' });
    expect(performance.now() - began).toBeLessThan(60_000);
    await Promise.all(pair.map((one) => one.stop()));
    helper = await world.helper('helper-1');
  }, 180_000);

  test('the helper dies in the middle: another takes over with a new target', async () => {
    const doomed = await world.helper('helper-doomed');
    const heir = await world.helper('helper-heir');
    await helper.stop();
    const of = await mbrServer();
    const answers: string[] = [];
    const agent: ScriptedAgent = agentOf(
      of,
      {
        onServed: (attempt, daemon) => {
          if (attempt === 1) {
            daemon.freeze();
            return;
          }
          const [old, present] = agent.targets;
          const secretFile = join(world.folder, 'chap');
          if (old !== undefined && present !== undefined) {
            answers.push(daemon.logIn(old, secretFile), daemon.logIn(present, secretFile));
          }
        },
      },
      [doomed.url, heir.url],
    );
    await agent.hello();
    await world.deploy(of);
    const obeyed = agent.obey();
    const holder = await world.inState(of, 'writing');
    const [holding, other] = holder.helper?.startsWith('helper-doomed')
      ? [doomed, heir]
      : [heir, doomed];
    const iqn = agent.targets[0]?.iqn ?? '';
    await waitFor(() => processesWith(iqn).length > 0, { timeoutMs: 10_000, what: 'a writer' });
    expectUnseen(iqn, agent.targets[0]?.chapSecret);
    await holding.kill9();
    await waitFor(() => processesWith(iqn).length === 0, {
      timeoutMs: 5000,
      what: 'the writer to die with its helper',
    });
    const row = await world.inState(of, 'verified', 'failed');
    expect(row).toMatchObject({ state: 'verified', attempt: 2, fault: null });
    expect(answers).toEqual([
      expect.stringContaining('Target not found'),
      expect.stringContaining('file format: iscsi'),
    ]);
    const [before, after] = agent.targets;
    expect(after?.iqn).not.toBe(before?.iqn);
    expect(after?.chapSecret).not.toBe(before?.chapSecret);
    await world.restart(of);
    await obeyed;
    for (const secret of [...agent.secrets, of.token, 'canary-4711', ...world.keys.secrets()]) {
      expect(doomed.log() + heir.log() + helper.log()).not.toContain(secret);
      expect(await messagesOf(of)).not.toContain(secret);
    }
    await waitFor(() => readdirSync(other.workFolder).length === 0, {
      timeoutMs: 10_000,
      what: 'the disk in preparation to be removed',
    });
    expect(readdirSync(holding.workFolder)).toHaveLength(1);
    const reborn = await world.helper(holding.name);
    expect(readdirSync(reborn.workFolder)).toEqual([]);
    await reborn.stop();
    expect(await other.stop()).toBe(0);
    helper = await world.helper('helper-1');
  }, 90_000);
});

async function messagesOf(of: NodeWithServer): Promise<string> {
  const events = await world.events(of);
  return JSON.stringify([events, await world.row(of)], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** No process that has `text` in its command line shows the secret there or in its environment. */
function expectUnseen(text: string, secret: string | undefined): void {
  for (const { argv, environment } of processesWith(text)) {
    expect(argv).not.toContain(secret);
    expect(environment).not.toContain(secret);
  }
}

function processesWith(text: string): { argv: string; environment: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return argv.includes(text) && argv.includes('qemu-img') ? [{ argv, environment }] : [];
      } catch {
        return [];
      }
    });
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Of the image's first partition. */
async function imageContentDigest(image: string): Promise<string> {
  const raw = `${image}.content`;
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
  const [root] = partitionsOf(raw);
  return digest(cutOut(raw, root ?? { start: 0, size: 0, type: '' }, world.folder));
}
