// A whole deployment, and what is on the disk after it.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  blkid,
  cutOut,
  digestOf,
  driveFile,
  firstPartitionDigest,
  partitionsOf,
} from './disk-reader.js';
import { makeImage } from './images.js';
import { deployRig, diskBytes, mib } from './rig.js';
import { userData, type ServerRequest } from './world.js';

const rig = deployRig();

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

test(
  'image, swap and config drive are on the disk, and the node leaves',
  { timeout: 60_000 },
  async () => {
    const of = await rig.mbrServer({ swapMb: 8 });
    const { agent, obeyed, row } = await rig.build(of);
    expect(row).toMatchObject({ state: 'verified', fault: null, attempt: 1, disk: 'vda' });
    const image = agent.commands.find(({ command }) => command === 'verify')?.['extents'];
    expect(image).toMatch(/^4194304:\d+ 0:1048576 /);
    await rig.world.restart(of);
    expect(await obeyed).toMatchObject({ command: 'reboot', attempt: 1 });
    await rig.world.inState(of, 'left');
    await rig.world.restart(of);
    await rig.world.deploy(of);
    expect((await rig.world.row(of))?.state).toBe('left');

    const partitions = partitionsOf(rig.diskOf(of));
    expect(partitions).toMatchObject([
      { start: 2048, size: 81_920, type: '83' },
      { start: 116 * 2048, size: 8 * 2048, type: '82' },
      { start: 124 * 2048, size: 4 * 2048, type: 'c' },
    ]);
    const [root, swap, drive] = partitions.map((one) =>
      cutOut(rig.diskOf(of), one, rig.world.folder),
    );
    expect(blkid(swap ?? '')).toContain('LABEL=swap1');
    expect(blkid(drive ?? '')).toMatch(/LABEL=config-2\n[\s\S]*TYPE=vfat/);
    expect(driveFile(drive ?? '', 'openstack/latest/user_data')).toBe(userData);
    const metaData = driveFile(drive ?? '', 'openstack/latest/meta_data.json');
    const { random_seed: seed } = JSON.parse(metaData) as { random_seed: string };
    expect(Buffer.from(seed, 'base64')).toHaveLength(512);
    expect(driveFile(drive ?? '', 'openstack/latest/vendor_data.json')).toContain('LABEL=swap1');
    expect(JSON.parse(metaData)).toMatchObject({
      uuid: of.instance,
      hostname: 'web-1',
      name: 'web 1',
      public_keys: { mine: 'ssh-ed25519 AAAA me' },
    });
    expect(JSON.parse(driveFile(drive ?? '', 'openstack/latest/network_data.json'))).toMatchObject({
      links: [{ ethernet_mac_address: '52:54:00:00:00:01' }],
      networks: [{ type: 'ipv4_dhcp' }],
      services: [{ type: 'dns', address: '127.0.0.53' }],
    });
    expect(await firstPartitionDigest(rig.mbrImage, rig.world.folder)).toBe(
      await digestOf(root ?? ''),
    );

    const types = (await rig.world.events(of)).map(({ type }) => type);
    expect(types[0]).toBe('agent.hello');
    expect(types).toEqual(expect.arrayContaining(['deploy.started', 'deploy.progress']));
    expect(types.indexOf('deploy.verified')).toBeLessThan(types.indexOf('agent.leaving'));
    const verified = (await rig.world.events(of)).find(({ type }) => type === 'deploy.verified');
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
    const of = await rig.mbrServer();
    const { obeyed } = await rig.build(of, lastEvidence === undefined ? {} : { lastEvidence });
    await rig.world.restart(of);
    await obeyed;
    await rig.world.inState(of, 'left');
    const leaving = (await rig.world.events(of)).find(({ type }) => type === 'agent.leaving');
    expect(leaving?.data).toEqual(data);
  },
);

test('GPT: its copy moves to the end of the disk', async () => {
  const gptImage = join(rig.world.folder, 'gpt.qcow2');
  makeImage(gptImage, { sizeMb: 64, dataMb: 10, table: 'label: gpt\n,40M,L\n' });
  const of = await rig.world.nodeWithServer({ imageFile: gptImage, imageBytes: 64 * mib });
  const { row } = await rig.build(of);
  expect(row).toMatchObject({ state: 'verified', fault: null });
  expect(partitionsOf(rig.diskOf(of))).toMatchObject([{ start: 2048 }, { name: 'config-2' }]);
  const verify = execFileSync('sfdisk', ['--verify', rig.diskOf(of)], { stdio: 'pipe' }).toString();
  expect(verify).toContain('No errors detected');
});

test('a disk that was not emptied holds nothing old where the image has zeros', async () => {
  const of = await rig.mbrServer();
  fillWithOld(rig.diskOf(of));
  const { row } = await rig.build(of, { zeroed: 0 });
  expect(row).toMatchObject({ state: 'verified', fault: null, zeroed: false });
  expect(readFileSync(rig.diskOf(of)).includes(oldLine)).toBe(false);
  const [root, drive] = partitionsOf(rig.diskOf(of)).map((one) =>
    cutOut(rig.diskOf(of), one, rig.world.folder),
  );
  expect(await digestOf(root ?? '')).toBe(
    await firstPartitionDigest(rig.mbrImage, rig.world.folder),
  );
  expect(driveFile(drive ?? '', 'openstack/latest/user_data')).toBe(userData);
});

test('images are fetched once', () => {
  const counts = new Map<string, number>();
  for (const id of rig.world.images.downloads) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  expect(rig.world.images.downloads.length).toBeLessThanOrEqual(2);
  // Nobody else on this host may read what projects have uploaded.
  expect(statSync(join(rig.world.folder, 'helper-1', 'images')).mode & 0o077).toBe(0);
  expect([...counts.values()].every((count) => count === 1)).toBe(true);
});

test('each disk costs one program, and its image a few more, once', async () => {
  const folder = join(rig.world.folder, 'programs');
  const calls = join(folder, 'calls');
  mkdirSync(folder);
  const real = execFileSync('which', ['qemu-img']).toString().trim();
  const script = `#!/bin/sh\necho "$1" >>${calls}\nexec ${real} "$@"\n`;
  writeFileSync(join(folder, 'qemu-img'), script, { mode: 0o755 });
  await rig.helper.stop();
  rig.helper = await rig.world.helper('counted', {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
  });
  const programsOf = async (request: Partial<ServerRequest>): Promise<string[]> => {
    writeFileSync(calls, '');
    const { row } = await rig.build(await rig.mbrServer(request));
    expect(row).toMatchObject({ state: 'verified', fault: null });
    return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
  };
  // Looked at, its head, where it has data, their digest; then written.
  expect(await programsOf({})).toEqual(['info', 'convert', 'map', 'convert', 'convert']);
  expect(await programsOf({ swapMb: 8 })).toEqual(['convert']);
  // A raw image has its head read by the helper itself.
  const [image, raw] = [join(rig.world.folder, 'small.qcow2'), join(rig.world.folder, 'small.raw')];
  makeImage(image, { sizeMb: 16, dataMb: 2, table: 'label: dos\n,8M,L,*\n' });
  execFileSync(real, ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
  const small = { imageFile: raw, imageFormat: 'raw', imageBytes: 16 * mib };
  expect(await programsOf(small)).toEqual(['info', 'map', 'convert', 'convert']);
  expect(await programsOf({ ...small, swapMb: 8 })).toEqual(['convert']);
});
