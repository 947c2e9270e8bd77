// What goes wrong with a deployment has a name.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TestKeys } from '@metalcast/testing';
import { expect, test } from 'vitest';
import { makeImage } from './images.js';
import { deployRig, mib } from './rig.js';
import type { ServerRequest } from './world.js';

const rig = deployRig();

test('the target refuses the secret', async () => {
  const { row, obeyed } = await rig.build(await rig.mbrServer(), { wrongSecret: true });
  expect(row).toMatchObject({ state: 'failed', fault: { code: 'TARGET_REFUSED' } });
  expect(await obeyed).toMatchObject({ command: 'abort' });
});

test('the disk does not keep what was written', async () => {
  const of = await rig.mbrServer();
  const { row } = await rig.build(of, {
    onVerify: () => {
      const disk = openSync(rig.diskOf(of), 'r+');
      writeSync(disk, Buffer.from('rot'), 0, 3, 5 * mib);
      closeSync(disk);
    },
  });
  expect(row).toMatchObject({ state: 'failed', fault: { code: 'VERIFY_FAILED' } });
  const failed = (await rig.world.events(of)).find(({ type }) => type === 'deploy.failed');
  expect(failed).toMatchObject({ epoch: of.epoch, data: { fault: { code: 'VERIFY_FAILED' } } });
});

test('the image is larger than the disk', async () => {
  const large = join(rig.world.folder, 'large.qcow2');
  makeImage(large, { sizeMb: 256, dataMb: 1, table: 'label: dos\n,200M,L\n' });
  const of = await rig.world.nodeWithServer({ imageFile: large, imageBytes: 256 * mib });
  const { row } = await rig.build(of);
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
  const of = await rig.mbrServer();
  const { instance } = rig.world.database.prisma;
  const where = { uuid: of.instance };
  const { userData } = await instance.findUniqueOrThrow({ where });
  await instance.update({ where, data: { userData: await damage(userData ?? '') } });
  const { row } = await rig.build(of);
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

const sealedFor = (uuid: string, keys = rig.world.keys): Promise<string> =>
  keys.seal('instancePublic', `instances.user_data:${uuid}`, 'canary-4711');

test('no room for the swap', async () => {
  const { row } = await rig.build(await rig.mbrServer({ swapMb: 100 }));
  expect(row).toMatchObject({ state: 'failed', fault: { code: 'DISK_TOO_SMALL' } });
});

test('an image with a backing file, a partition image, four primary partitions', async () => {
  const backed = join(rig.world.folder, 'backed.qcow2');
  const make = ['create', '-q', '-f', 'qcow2', '-b', rig.mbrImage, '-F', 'qcow2', backed];
  execFileSync('qemu-img', make);
  const four = join(rig.world.folder, 'four.qcow2');
  makeImage(four, { sizeMb: 64, dataMb: 1, table: 'label: dos\n,9M\n,9M\n,9M\n,9M\n' });
  const cases: [Partial<ServerRequest>, RegExp][] = [
    [{ imageFile: backed }, /refers to another file/],
    [{ kernelId: 'some' }, /partition with kernel and ramdisk/],
    [{ imageFile: four }, /0 free places/],
  ];
  for (const [request, message] of cases) {
    const { row } = await rig.build(await rig.mbrServer(request));
    expect(row).toMatchObject({ state: 'failed', fault: { code: 'IMAGE_UNSUITABLE' } });
    expect((row.fault as { message: string }).message).toMatch(message);
  }
});

test('the ramdisk reports an error', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  await agent.hello();
  await rig.world.deploy(of);
  await rig.world.inState(of, 'targeting');
  const said = {
    attempt: 1,
    step: 'error',
    error: 'no tgtd',
    evidence: 'ata1: failed\nI/O error',
  };
  expect((await agent.report(said)).status).toBe(200);
  expect(await rig.world.row(of)).toMatchObject({
    state: 'failed',
    fault: { code: 'AGENT_FAILED', evidence: ['ata1: failed', 'I/O error'] },
  });
  const types = (await rig.world.events(of)).map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['agent.error', 'deploy.failed']));
  expect((await agent.report(said)).status).toBe(200);
});

test('no disk', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  const body = agent.helloBody({ disks: [] });
  expect(await agent.hello(body)).toMatchObject({ status: 422, body: { code: 'DISK_MISSING' } });
  expect(await agent.hello(body)).toMatchObject({ status: 422 });
  expect(await rig.world.row(of)).toMatchObject({
    state: 'failed',
    fault: { code: 'DISK_MISSING' },
  });
});
