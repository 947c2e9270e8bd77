import type { FlavorWithSpecs } from '@metalcast/db/placement';
import { expect, test } from 'vitest';
import { Links } from '../../http/answers/links.js';
import { createFlavor, extraSpecs } from './flavors.schema.js';
import { flavorView, specsOf } from './flavors.view.js';

const least = { name: 'small', ram: 512, vcpus: 1, disk: 4 };
const accepts = (change: object): boolean =>
  createFlavor.safeParse({ flavor: { ...least, ...change } }).success;

test('the rest has defaults, and an id of null is one to be made', () => {
  expect(createFlavor.parse({ flavor: { ...least, id: null, swap: '' } }).flavor).toEqual({
    ...least,
    id: undefined,
    swap: 0,
    'OS-FLV-EXT-DATA:ephemeral': 0,
    rxtx_factor: 1,
    'os-flavor-access:is_public': true,
  });
});

test.each<[string, object, boolean]>([
  ['a number as id', { id: 42 }, true],
  ['a word as id', { id: 'A.b c-d_1' }, true],
  ['an id that a URL would break', { id: 'a/b?c' }, false],
  ['a blank id', { id: ' ' }, false],
  ['numbers as text', { ram: '512' }, true],
  ['the disk as it is', { disk: 0 }, true],
  ['no memory', { ram: 0 }, false],
  ['half a CPU', { vcpus: 0.5 }, false],
  ['more than a column holds', { disk: 2_147_483_648 }, false],
  ['a blank name', { name: ' ' }, false],
  ['a boolean as a number', { ram: true }, false],
  ['a word as a boolean', { 'os-flavor-access:is_public': 'False' }, true],
  ['no ephemeral disk', { 'OS-FLV-EXT-DATA:ephemeral': '0' }, true],
  ['an ephemeral disk, which nobody makes', { 'OS-FLV-EXT-DATA:ephemeral': 1 }, false],
  ['an unknown field', { ephemeral: 0 }, false],
])('%s', (_, change, accepted) => {
  expect(accepts(change)).toBe(accepted);
});

test.each<[object, object | undefined]>([
  [{ 'baremetal:deploy_kernel_id': 'k' }, { 'baremetal:deploy_kernel_id': 'k' }],
  [
    { a: 1, b: true },
    { a: '1', b: 'true' },
  ],
  [{ 'a/b': 'x' }, undefined],
  [{ '': 'x' }, undefined],
  [{ a: 'x'.repeat(256) }, undefined],
])('extra specs %j', (specs, result) => {
  const parsed = extraSpecs.safeParse({ extra_specs: specs });
  expect(parsed.data?.extra_specs).toEqual(result);
});

test('a flavor in the words of the API, swap of none as Nova shows it', () => {
  const flavor = {
    ...{ flavorid: 'f', name: 'small', memoryMb: 512, vcpus: 1, rootGb: 4, ephemeralGb: 0 },
    ...{ swap: 0, rxtxFactor: 1, disabled: false, isPublic: true },
    extraSpecs: [{ key: 'a', value: '1' }],
  } as unknown as FlavorWithSpecs;
  const links = new Links({ publicUrl: 'http://cloud.example' });
  expect(flavorView(links, flavor)).toMatchObject({ id: 'f', ram: 512, disk: 4, swap: '' });
  expect(flavorView(links, { ...flavor, swap: 64 })).toMatchObject({ swap: 64 });
  expect(specsOf(flavor)).toEqual({ a: '1' });
});
