import { expect, test } from 'vitest';
import { changesOf, changeSummary } from './set.js';

test.each<[string, object, object]>([
  ['nothing', { json: true }, {}],
  [
    'where it stands',
    { rack: 'r1', powerFeed: 'a', switch: 's' },
    { rack: 'r1', power_feed: 'a', switch: 's' },
  ],
  ['traits, whole', { trait: ['HW_GPU', 'CUSTOM_X'] }, { traits: ['HW_GPU', 'CUSTOM_X'] }],
  ['capabilities', { capability: ['ssd=true', 'gen=9'] }, { capabilities: { ssd: true, gen: 9 } }],
  [
    'the disk that is given',
    { rootDevice: ['serial=007', 'size=>= 100'] },
    { root_device: { serial: '007', size: '>= 100' } },
  ],
  [
    'disks that are kept',
    { keepDisk: ['serial=A', 'model=X 1,size=4000'] },
    { keep_disks: [{ serial: 'A' }, { model: 'X 1', size: '4000' }] },
  ],
  [
    'no hint any more',
    { unset: ['root-device', 'keep-disks', 'data-of'] },
    { root_device: null, keep_disks: [], data_of: [] },
  ],
  ['maintenance', { maintenance: 'disk' }, { maintenance: true, maintenance_reason: 'disk' }],
  ['its end', { maintenance: false }, { maintenance: false }],
  ['quarantine', { quarantine: 'odd' }, { quarantined: true, quarantine_reason: 'odd' }],
  ['its end', { quarantine: false, resetFailures: true }, { quarantined: false, failures: 0 }],
  [
    'fields to empty',
    { unset: ['rack', 'power-feed', 'traits'] },
    { rack: null, power_feed: null, traits: [] },
  ],
])('%s', (_, options, changes) => {
  expect(changesOf({ ...options })).toEqual(changes);
});

test('emptied fields are not listed as set', () => {
  const tell = (options: object): string => changeSummary(changesOf({ ...options }));
  expect(tell({ unset: ['data-of'] })).toBe('data_of emptied');
  expect(tell({ rack: 'r1', unset: ['traits', 'name'] })).toBe('rack set; traits, name emptied');
  expect(tell({ rack: 'r1', pmUser: 'u' })).toBe('rack, power set');
});

test('a malformed root device is refused', () => {
  expect(() => changesOf({ rootDevice: ['serial'] })).toThrow(/key=value/);
  expect(() => changesOf({ keepDisk: ['size=1,size=2'] })).toThrow(/once/);
});

test('a field that cannot be empty is refused', () => {
  expect(() => changesOf({ unset: ['cpus'] })).toThrow(/^cpus cannot be unset; these can: name,/);
  expect(() => changesOf({ unset: ['toString'] })).toThrow(/cannot be unset/);
});
