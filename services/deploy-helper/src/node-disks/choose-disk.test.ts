import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { chooseDisk, diskList, type AgentDisk, type DiskWishes } from './choose-disk.js';

const gib = 1024 ** 3;
const sda = { name: 'sda', size: 480 * gib, serial: 'A', model: 'SSD', rotational: false };
const sdb = { name: 'sdb', size: 4000 * gib, serial: 'B', model: 'HDD', rotational: true };
const sdc = { name: 'sdc', size: 4000 * gib, serial: 'C', model: 'HDD', rotational: true };

const choose = (disks: readonly AgentDisk[], wishes: Partial<DiskWishes> = {}) =>
  chooseDisk(disks, {
    node: 'n1',
    rootDevice: null,
    keepDisks: [],
    neededBytes: 10 * gib,
    ...wishes,
  });

function chosen(disks: readonly AgentDisk[], wishes: Partial<DiskWishes> = {}): string[] {
  const choice = choose(disks, wishes);
  if (choice instanceof Fault) {
    throw choice;
  }
  expect(choice.empties[0]).toBe(choice.disk);
  return choice.empties.map(({ name }) => name);
}

function refused(disks: readonly AgentDisk[], wishes: Partial<DiskWishes> = {}): Fault {
  const choice = choose(disks, wishes);
  if (!(choice instanceof Fault)) {
    throw new Error(`chose ${choice.disk.name}`);
  }
  return choice;
}

test('the only disk, and the only one that is large enough', () => {
  expect(chosen([sda])).toEqual(['sda']);
  expect(chosen([sda, sdb], { neededBytes: 1000 * gib })).toEqual(['sdb', 'sda']);
});

test('several disks are large enough: the refusal lists the properties that a hint can name', () => {
  const fault = refused([sda, sdb]);
  expect(fault.code).toBe('DISK_AMBIGUOUS');
  expect(fault.message).toContain(
    'sda (480.0 GiB, serial A, model SSD), sdb (4000.0 GiB, serial B',
  );
  expect(fault.message).toContain('no root_device');
});

test('by hint, whatever the size and the order', () => {
  expect(chosen([sda, sdb, sdc], { rootDevice: { serial: 'C' } })).toEqual(['sdc', 'sda', 'sdb']);
  expect(chosen([sda, sdb, sdc], { rootDevice: { rotational: false } })[0]).toBe('sda');
  expect(chosen([sda], { rootDevice: { serial: 'A' }, neededBytes: 900 * gib })).toEqual(['sda']);
});

test('a hint that fits several disks, or none', () => {
  expect(refused([sda, sdb, sdc], { rootDevice: { model: 'hdd' } })).toMatchObject({
    code: 'DISK_AMBIGUOUS',
    details: { reason: 'its root_device model=hdd fits sdb, sdc' },
  });
  const none = refused([sda, sdb], { rootDevice: { serial: 'Z' } });
  expect(none.code).toBe('DISK_UNMATCHED');
  expect(none.message).toContain('root_device serial=Z');
  expect(none.message).toContain('serial B');
  // There is one disk, but the hint means another one.
  expect(refused([sda], { rootDevice: { serial: 'Z' } }).code).toBe('DISK_UNMATCHED');
  expect(refused([{ name: 'sda', size: gib }], { rootDevice: { serial: 'Z' } }).code).toBe(
    'DISK_UNMATCHED',
  );
});

test('a kept disk is neither chosen nor emptied', () => {
  const keepDisks = [{ serial: 'B' }];
  expect(chosen([sda, sdb], { keepDisks })).toEqual(['sda']);
  expect(chosen([sda, sdb, sdc], { keepDisks, rootDevice: { size: 4000 } })).toEqual([
    'sdc',
    'sda',
  ]);
  expect(refused([sda, sdb, sdc], { keepDisks }).code).toBe('DISK_AMBIGUOUS');
  expect(refused([sdb], { keepDisks })).toMatchObject({ code: 'DISK_KEPT' });
  expect(refused([sda, sdb], { keepDisks, rootDevice: { name: 'sdb' } })).toMatchObject({
    code: 'DISK_KEPT',
    details: { reason: 'its root_device name=sdb is sdb, which is marked to be kept' },
  });
});

test('a mark that fits no disk stops the deployment: the mark may be misspelt', () => {
  expect(refused([sda, sdb], { keepDisks: [{ serial: 'b-typo' }] })).toMatchObject({
    code: 'DISK_UNMATCHED',
    details: { mark: 'keep_disks', hint: 'serial=b-typo' },
  });
});

test('a disk that does not report what a mark asks for is kept', () => {
  const silent = { name: 'sdd', size: 900 * gib };
  expect(chosen([sda, sdb, silent], { keepDisks: [{ rotational: true }] })).toEqual(['sda']);
});

test('one disk by several paths, and copies', () => {
  const wwn = 'naa.5000c500a1b2c3d4';
  const paths = [
    { ...sda, wwn },
    { ...sda, name: 'sdx', wwn },
  ];
  expect(refused(paths, { rootDevice: { name: 'sda' } })).toMatchObject({
    code: 'DISK_AMBIGUOUS',
    details: { reason: 'sda, sdx have the same identity: one disk by several paths, or a copy' },
  });
  expect(refused([...paths, sdb], { keepDisks: [{ name: 'sdx' }] }).code).toBe('DISK_AMBIGUOUS');
  const copies = [sdb, { ...sdc, serial: 'B' }];
  expect(refused(copies, { rootDevice: { name: 'sdb' } }).code).toBe('DISK_AMBIGUOUS');
  // The four slots of a card reader report one serial number; sizes and models differ.
  const slots = [sda, { ...sdb, serial: 'A' }];
  expect(chosen(slots, { rootDevice: { name: 'sda' } })).toEqual(['sda', 'sdb']);
});

test('no disk is large enough: the largest is chosen, so that a later fault can say how much is missing', () => {
  expect(chosen([sda, sdb], { neededBytes: 9000 * gib })[0]).toBe('sdb');
  expect(refused([]).code).toBe('DISK_MISSING');
});

test('a list of very many disks stays readable', () => {
  const many = Array.from({ length: 60 }, (_, index) => ({
    name: `sd${String(index)}`,
    size: gib,
  }));
  expect(diskList(many)).toMatch(/^sd0 \(1\.0 GiB, no serial\), .* and 44 more$/);
});

test('a malformed hint that was stored before hints were checked is reported as malformed, not as one that fits nothing', () => {
  const rootDevice = { name: '/dev/disk/by-id/wwn-0x5' };
  expect(choose([sda], { rootDevice })).toMatchObject({ code: 'DISK_HINT_MALFORMED' });
});
