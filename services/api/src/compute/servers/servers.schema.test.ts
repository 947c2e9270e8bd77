import { expect, test } from 'vitest';
import { refuseVolumes } from './create/boot-volume.js';
import { createServer, listServers } from './servers.schema.js';

const uuid = '7c1b2c3d-0000-4000-8000-000000000009';
const least = { name: 'web', flavorRef: 'small', imageRef: uuid };
const parsed = (server: object) => createServer.parse({ server: { ...least, ...server } });
const isRefused = (server: object): boolean =>
  !createServer.safeParse({ server: { ...least, ...server } }).success;

test('a name, a flavor and an image are enough', () => {
  expect(parsed({})).toEqual({
    ...least,
    metadata: {},
    networks: 'auto',
    min_count: 1,
    return_reservation_id: false,
    hints: {},
  });
});

test('hints stand beside the server, the current key before that of 2013', () => {
  const hintsOf = (body: object) => createServer.parse({ server: least, ...body }).hints;
  const current = { 'os:scheduler_hints': { group: uuid, same_rack: uuid, mine: 'x' } };
  const legacy = { 'OS-SCH-HNT:scheduler_hints': { different_host: [uuid] } };
  expect(hintsOf(current)).toEqual({ group: uuid, same_rack: [uuid], mine: 'x' });
  expect(hintsOf(legacy)).toEqual({ different_host: [uuid] });
  expect(hintsOf({ ...current, ...legacy })).toEqual(hintsOf(current));
});

test.each([
  ['small', 'small'],
  [42, '42'],
  [`http://cloud/compute/v2.1/flavors/42/`, '42'],
])('the flavor %j is %s', (flavorRef, id) => {
  expect(parsed({ flavorRef }).flavorRef).toBe(id);
});

test.each<[string, object, object]>([
  ['numbers as text', { min_count: '2', max_count: '3' }, { min_count: 2, max_count: 3 }],
  ['a drive as text', { config_drive: 'True' }, { config_drive: true }],
  ['user data in lines', { user_data: 'aGVs\nbG8=\n' }, { user_data: 'aGVsbG8=' }],
  ['spaces around the name', { name: ' web ' }, { name: 'web' }],
  ['an empty list of networks', { networks: [] }, { networks: 'auto' }],
  [
    'null in a network',
    { networks: [{ uuid, port: null, fixed_ip: null }] },
    { networks: [{ uuid }] },
  ],
])('%s is understood', (_, server, result) => {
  expect(parsed(server)).toMatchObject(result);
});

test.each<[string, object]>([
  ['no name', { name: '  ' }],
  ['a name that is too long', { name: 'x'.repeat(256) }],
  ['an empty reference', { imageRef: '/' }],
  ['user data that is no base64', { user_data: 'hello!' }],
  ['user data that is too long', { user_data: 'AAAA'.repeat(16_384) }],
  ['a network without a name', { networks: [{}] }],
  ['a network that is no UUID', { networks: [{ uuid: 'private' }] }],
  ['no server at all', { min_count: 0 }],
  ['files to inject', { personality: [{ path: '/etc/motd', contents: '' }] }],
  ['a flag that is none', { config_drive: 'maybe' }],
  ['volumes', { block_device_mapping: [{ volume_id: uuid }] }],
])('%s is refused', (_, server) => {
  expect(isRefused(server)).toBe(true);
});

test('the longest user data passes', () => {
  expect(isRefused({ user_data: 'AAAA'.repeat(16_383) })).toBe(false);
});

test.each<[string, readonly unknown[] | null | undefined, boolean]>([
  ['no mapping', undefined, false],
  ['null', null, false],
  [
    'the image as the local disk',
    [{ uuid, source_type: 'image', destination_type: 'local', boot_index: 0 }],
    false,
  ],
  ['a volume', [{ uuid, source_type: 'image', destination_type: 'volume' }], true],
  ['what nobody knows', ['vda'], true],
])('block devices: %s', (_, mappings, refused) => {
  const attempt = () => {
    refuseVolumes(mappings);
  };
  if (refused) expect(attempt).toThrow(/boot from an image only/);
  else expect(attempt).not.toThrow();
});

test.each([
  [true, true],
  ['False', false],
  ['yes', true],
  ['1', true],
  [null, null],
  [undefined, undefined],
])('config_drive %j', (given, read) => {
  expect(createServer.parse({ server: { ...least, config_drive: given } }).config_drive).toBe(read);
});

test('a list has a bound', () => {
  expect(listServers.parse({}).limit).toBeUndefined();
  expect(listServers.parse({ limit: '5' }).limit).toBe(5);
  expect(listServers.safeParse({ limit: '0' }).success).toBe(false);
});

test.each([
  { bogus: '1' },
  { ip6: '::1' },
  { deleted: 'maybe' },
  { all_tenants: 'some' },
  { sort_key: 'name' },
  { 'changes-since': 'yesterday' },
  { 'changes-before': '2026-01-01T00:00:00Z' },
])('a list by %j is refused', (query) => {
  expect(listServers.safeParse(query).success).toBe(false);
});

test('a time in any zone, UTC when none is named', () => {
  const since = (text: string): Date | undefined =>
    listServers.parse({ 'changes-since': text })['changes-since'];
  const noon = new Date('2026-03-01T12:00:00Z');
  expect(since('2026-03-01T12:00:00')).toEqual(noon);
  expect(since('2026-03-01T13:00:00+01:00')).toEqual(noon);
});
