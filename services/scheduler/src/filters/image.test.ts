// Filters by what an image holds: facts that are known before a machine is powered on.
import type { ImageFacts } from '@metalcast/contracts';
import { describe, expect, test } from 'vitest';
import type { PlacementRequest } from '../request/placement-request.js';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';

const mib = 1024 ** 2;
const gib = 1024 * mib;

const someFacts: ImageFacts = {
  ...{ table: 'mbr', sector_bytes: 512, free_entries: 3, used_bytes: 3 * gib, backup_bytes: 0 },
  ...{ backup: null, partitions: 1, last_partition: 1 },
  ...{ bios_boot_code: true, bios_boot_partition: false },
  ...{ efi_system_partition: false, efi_readable: false },
};

interface Asked {
  readonly virtualSize?: number;
  readonly facts?: Partial<ImageFacts>;
  readonly swap?: number;
  readonly configDrive?: boolean;
}

const request = ({ virtualSize, facts, swap = 0, configDrive = false }: Asked): PlacementRequest =>
  aRequest({
    flavor: aFlavor({ root_gb: 0, swap }),
    image: {
      ...{ id: 'i', properties: {} },
      ...(virtualSize === undefined ? {} : { virtual_size: virtualSize }),
      ...(facts === undefined ? {} : { facts: { ...someFacts, ...facts } }),
    },
    configDrive,
  });

const size = (localGb: number, asked: Asked): Question => ({
  ...{ filter: 'ImageSizeFilter', node: { local_gb: localGb }, request: request(asked) },
});

describe('ImageSizeFilter', () => {
  test.each<[string, Question]>([
    ['no image', { filter: 'ImageSizeFilter', request: aRequest({ image: null }) }],
    ['an image of unknown size', size(1, {})],
    ['a disk of unknown size', size(0, { virtualSize: 3 * gib })],
    ['a disk of the same size', size(3, { virtualSize: 3 * gib })],
    [
      'room behind the partitions of the image',
      size(4, { virtualSize: 3 * gib, facts: {}, swap: 1000, configDrive: true }),
    ],
  ])('passes %s', (_, question) => {
    expect(verdictOf(question)).toBeUndefined();
  });

  test('a disk smaller than the image is passed over, and how much is missing is told', () => {
    expect(verdictOf(size(2, { virtualSize: 3 * gib }))).toEqual({
      reason: 'has too small a disk for the image (3072 MiB needed)',
      distance: 1024,
      detail: '2048 MiB, 1024 MiB short',
      change: 'use an image of at most 2048 MiB',
    });
  });

  test('swap and config drive need room behind the image', () => {
    const asked = { virtualSize: 3 * gib, facts: {}, swap: 10, configDrive: true };
    expect(verdictOf(size(3, asked))).toEqual({
      reason: 'has too small a disk for the image, config drive and swap (3086 MiB needed)',
      distance: 14,
      detail: '3072 MiB, 14 MiB short',
      change: 'use an image whose partitions end at 3058 MiB or before',
    });
  });
});

const firmware = (known: 'bios' | 'uefi' | null, facts: Partial<ImageFacts>): Question => ({
  ...{ filter: 'ImageFirmwareFilter', node: { firmware: known }, request: request({ facts }) },
});

describe('ImageFirmwareFilter', () => {
  test.each<[string, Question]>([
    ['a node whose firmware is unknown', firmware(null, {})],
    ['BIOS and boot code', firmware('bios', {})],
    ['UEFI and a FAT partition', firmware('uefi', { efi_readable: true })],
    ['an image that shows nothing to start', firmware('uefi', { bios_boot_code: false })],
    ['an image without facts', { filter: 'ImageFirmwareFilter', node: { firmware: 'uefi' } }],
  ])('passes %s', (_, question) => {
    expect(verdictOf(question)).toBeUndefined();
  });

  test('an image for the other firmware is passed over', () => {
    expect(verdictOf(firmware('uefi', {}))).toEqual({
      reason: 'has UEFI firmware, which finds nothing to start in the image',
      detail: 'no FAT partition',
      change:
        'use an image with an EFI system partition, or set the machine to start by BIOS and build on it by its name once (ZONE::NODE), so that this is seen',
    });
    expect(verdictOf(firmware('bios', { bios_boot_code: false, efi_readable: true }))).toEqual({
      reason: 'has BIOS firmware, which finds nothing to start in the image',
      detail: 'no boot code in the first sector',
      change:
        'use an image with a BIOS boot loader, or set the machine to start by UEFI and build on it by its name once (ZONE::NODE), so that this is seen',
    });
  });
});
