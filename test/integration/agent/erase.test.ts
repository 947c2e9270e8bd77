// How the ramdisk's agent empties disks: with files for disks, which cannot discard, and programs that discard as badly
// as disks do.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BenchMachine } from './bench-machine.js';
import { ScriptedHelper, type Heard } from './scripted-helper.js';

const MIB = 1024 * 1024;
/** Neither whole MiB nor whole 64 KiB. */
const oddBytes = 66 * MIB + 512 * 3;
const oldLine = 'PREVIOUS-TENANT';
const target = {
  ...{ command: 'target', iqn: 'iqn.2026-01.test:a', chap_user: 'u', chap_secret: 's' },
};

let machine: BenchMachine;
const helpers: ScriptedHelper[] = [];

beforeEach(() => {
  machine = new BenchMachine(512);
});
afterEach(async () => {
  machine.remove();
  await Promise.all(helpers.splice(0).map((helper) => helper.stop()));
});

const old = (bytes = oddBytes): Buffer => Buffer.alloc(bytes, `${oldLine}\n`);
function isZero(name: string): boolean {
  const content = readFileSync(machine.deviceFile(name));
  return content.equals(Buffer.alloc(content.length));
}

async function begin(disk: string, empties = disk): Promise<ScriptedHelper> {
  const helper = await ScriptedHelper.start(disk, empties);
  helpers.push(helper);
  machine.start([helper.url]);
  return helper;
}

const erasing = (helper: ScriptedHelper): Heard[] =>
  helper.heard.filter(({ call }) => call === 'erasing');

test('a disk that cannot discard: zeros to its last byte, and its progress told', async () => {
  machine.addDisk('vdb', old());
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1 });
  expect((await helper.hears('ready')).body).toMatchObject({ attempt: 1, zeroed: 1 });
  expect(isZero('vdb')).toBe(true);
  expect(readFileSync(machine.deviceFile('vdb'))).toHaveLength(oddBytes);
  const told = erasing(helper).map(({ body }) => [body['disk'], body['bytes'], body['total']]);
  expect(told).toEqual([
    ['vdb', 64 * MIB, oddBytes],
    ['vdb', oddBytes, oddBytes],
  ]);
});

test('sectors of 4 KiB', async () => {
  const bytes = 3 * MIB + 4096 * 5;
  machine.addDisk('vdb', old(bytes), { 'queue/logical_block_size': '4096' });
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1 });
  expect((await helper.hears('ready')).body).toMatchObject({ zeroed: 1 });
  expect(isZero('vdb')).toBe(true);
});

test('a discard that does nothing is seen, wherever the old data lies', async () => {
  machine.discardsBy('case "$*" in *-z*) exit 1 ;; esac; exit 0');
  const sparse = Buffer.alloc(oddBytes);
  sparse.write(oldLine, 33 * MIB + 4096);
  machine.addDisk('vdb', sparse);
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1, probes: `${33 * MIB}:65536` });
  expect((await helper.hears('ready')).body).toMatchObject({ zeroed: 1 });
  expect(machine.console).toContain('vdb: not empty after a discard');
  expect(isZero('vdb')).toBe(true);
});

/** `-o OFFSET -l LENGTH DEVICE`, by writing: a disk whose discards leave zeros. */
const honest =
  'dd if=/dev/zero of="$5" bs=512 seek=$(($2 / 512)) count=$(($4 / 512)) conv=notrunc 2>/dev/null';

test('a discard that leaves zeros is enough', async () => {
  machine.discardsBy(`case $1 in -z) exit 1 ;; esac; ${honest}`);
  machine.addDisk('vdb', old());
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1 });
  expect((await helper.hears('ready')).body).toMatchObject({ zeroed: 1 });
  expect(machine.console).toContain('vdb: discarded, reads as zeros');
  expect(isZero('vdb')).toBe(true);
});

test('zeros that the disk writes by itself, or says so', async () => {
  machine.discardsBy(`case $1 in -z) shift; ${honest}; exit 0 ;; esac; exit 1`);
  machine.addDisk('vdb', old());
  machine.addDisk('vdc', old(MIB));
  const helper = await begin('vdb', 'vdb vdc');
  helper.command({ ...target, attempt: 1 });
  await helper.hears('ready');
  expect([isZero('vdb'), isZero('vdc')]).toEqual([true, true]);

  machine.remove();
  machine = new BenchMachine(512);
  machine.discardsBy('exit 0');
  machine.addDisk('vdb', old());
  const other = await begin('vdb');
  other.command({ ...target, attempt: 1 });
  await other.hears('ready');
  expect(isZero('vdb')).toBe(true);
});

test('all disks that are to be emptied are, others are not touched; once in a boot', async () => {
  for (const name of ['vdb', 'vdc', 'vdd']) {
    machine.addDisk(name, old(3 * MIB));
  }
  const helper = await begin('vdc', 'vdc vdb');
  helper.command({ ...target, attempt: 1 });
  await helper.hears('ready');
  expect(erasing(helper).at(-1)?.body).toMatchObject({ bytes: 6 * MIB, total: 6 * MIB });
  expect([isZero('vdb'), isZero('vdc')]).toEqual([true, true]);
  expect(readFileSync(machine.deviceFile('vdd')).equals(old(3 * MIB))).toBe(true);

  // The given disk was open to a writer; the other one was not.
  const before = erasing(helper).length;
  writeFileSync(machine.deviceFile('vdc'), old(3 * MIB));
  helper.command({ ...target, attempt: 2 });
  expect((await helper.hears('ready', 2)).body).toMatchObject({ attempt: 2, zeroed: 1 });
  expect(isZero('vdc')).toBe(true);
  expect(
    erasing(helper)
      .slice(before)
      .map(({ body }) => body['disk']),
  ).toEqual(['vdc']);
});

test('a disk that is told and not there ends the agent before anything is written', async () => {
  machine.addDisk('vdb', old(MIB));
  await begin('vdb', 'vdb vdz');
  expect(await machine.exitCode()).toBe(11);
  expect(machine.console).toContain('told to empty the disk vdz, which is not there');
  expect(readFileSync(machine.deviceFile('vdb')).equals(old(MIB))).toBe(true);
});

test('a helper of before names one disk', async () => {
  machine.addDisk('vdb', old(MIB));
  const helper = await begin('vdb', '');
  helper.command({ ...target, attempt: 1 });
  await helper.hears('ready');
  expect(isZero('vdb')).toBe(true);
});

test('a write that fails is an error that names disk and place', async () => {
  machine.addDisk('vdb', old(MIB));
  rmSync(machine.deviceFile('vdb'));
  symlinkSync('/dev/full', machine.deviceFile('vdb'));
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1 });
  const { body } = await helper.hears('report');
  expect(body).toMatchObject({ step: 'error', attempt: 1, disk: 'vdb', offset: 0 });
  expect(body['error']).toMatch(/zeros could not be written: dd: /);
  expect(helper.heard.some(({ call }) => call === 'ready')).toBe(false);
});

test('a disk that does not keep the zeros is an error', async () => {
  machine.addDisk('vdb', old(2 * MIB));
  // Reads are of another file than writes are: as a disk that acknowledges and forgets.
  machine.discardsBy('exit 1');
  rmSync(machine.deviceFile('vdb'));
  symlinkSync('/dev/urandom', machine.deviceFile('vdb'));
  const helper = await begin('vdb');
  helper.command({ ...target, attempt: 1 });
  expect((await helper.hears('report')).body).toMatchObject({ step: 'error', disk: 'vdb' });
});

test('another attempt ends the erasing of the one before', async () => {
  machine.addDisk('vdb', old());
  const helper = await begin('vdb');
  helper.refusals.push({ call: 'erasing', status: 409 });
  helper.command({ ...target, attempt: 1 });
  helper.command({ ...target, attempt: 2 });
  expect((await helper.hears('ready')).body).toMatchObject({ attempt: 2, zeroed: 1 });
  expect(machine.console).toContain('attempt 1 is over');
  expect(isZero('vdb')).toBe(true);
});

test('hello tells what disks are, their labels, and the BIOS by its own words', async () => {
  machine.addDisk('vdb', fileSystem('config-2'), {
    ...{ 'device/model': 'Model 1  ', 'device/vendor': 'ATA', 'queue/rotational': '0' },
    'device/wwid': 'naa.5000c500a1b2c3d4',
  });
  machine.addDisk('vdc', old(MIB), { ro: '1' });
  machine.addPartition('vdc', 'vdc1', fileSystem('CIDATA'));
  machine.addPartition('vdc', 'vdc2', fileSystem('DATA'));
  const edd = `${machine.folder}/sys/firmware/edd/int13_dev81`;
  const pci = `${machine.folder}/sys/devices/pci0000:00/0000:00:06.0`;
  mkdirSync(edd, { recursive: true });
  mkdirSync(pci, { recursive: true });
  writeFileSync(`${edd}/sectors`, '10240\n');
  writeFileSync(`${edd}/mbr_signature`, '0x0a0b0c0d\n');
  symlinkSync(pci, `${edd}/pci_dev`);
  const helper = await begin('vdb');
  const { body } = await helper.hears('hello');
  expect(body).toMatchObject({
    protocol: 2,
    disks: [
      { name: 'vda' },
      {
        ...{ name: 'vdb', model: 'Model 1', vendor: 'ATA', rotational: false },
        wwn: 'naa.5000c500a1b2c3d4',
        mbr_signature: expect.stringMatching(/^0x[0-9a-f]{8}$/) as string,
      },
    ],
    config_labels: [
      { disk: 'vdb', device: 'vdb', label: 'CONFIG-2' },
      { disk: 'vdc', device: 'vdc1', label: 'CIDATA' },
    ],
    bios_drives: [
      { drive: 129, sectors: 10_240, mbr_signature: '0x0a0b0c0d', pci: '0000:00:06.0' },
    ],
  });
});

/** FAT, whose labels are spelt in capitals. */
function fileSystem(label: string): Buffer {
  const file = `${machine.folder}/file-system`;
  writeFileSync(file, Buffer.alloc(5 * MIB));
  execFileSync('mkfs.vfat', ['-n', label.toUpperCase(), file], { stdio: 'pipe' });
  return readFileSync(file);
}
