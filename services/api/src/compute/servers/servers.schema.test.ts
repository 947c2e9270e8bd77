import { expect, test } from 'vitest';
import { createServer, listServers } from './servers.schema.js';

const uuid = '7c1b2c3d-0000-4000-8000-000000000009';
const other = '7c1b2c3d-0000-4000-8000-00000000000a';
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

const fromImage = { uuid, source_type: 'image', destination_type: 'local', boot_index: 0 };

test.each<[string, unknown, boolean]>([
  ['no mapping', undefined, false],
  ['null', null, false],
  ['the image as the local disk', [fromImage], false],
  ['a volume', [{ ...fromImage, destination_type: 'volume' }], true],
  ['a volume besides', [fromImage, { ...fromImage, boot_index: 1 }], true],
  ['another image than the server', [{ ...fromImage, uuid: other }], true],
  ['a disk that stays', [{ ...fromImage, delete_on_termination: false }], true],
  ['a disk that goes', [{ ...fromImage, delete_on_termination: true }], false],
  ['a size', [{ ...fromImage, volume_size: 10 }], true],
  ['what nobody knows', ['vda'], true],
])('block devices: %s', (_, mappings, refused) => {
  expect(isRefused({ block_device_mapping_v2: mappings })).toBe(refused);
});

const refusal = (body: object): string => {
  const { error } = createServer.safeParse(body);
  return error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join() ?? '';
};

test.each<[string, object]>([
  ['bogus', { bogus: 1 }],
  ['keyname', { keyname: 'k' }],
  ['hypervisor_hostname', { hypervisor_hostname: 'n' }],
  ['tags', { tags: ['a'] }],
])('an unknown field %s is named', (name, server) => {
  expect(refusal({ server: { ...least, ...server } })).toContain(`"${name}"`);
});

test('what stands beside the server is known too', () => {
  expect(refusal({ server: least, bogus: 1 })).toContain('"bogus"');
});

test.each<[object, object]>([
  [{ security_groups: [{ name: 'default' }] }, { security_groups: [{ name: 'web' }] }],
  [{ 'OS-DCF:diskConfig': 'MANUAL' }, { 'OS-DCF:diskConfig': 'AUTO' }],
  [{ accessIPv4: '' }, { accessIPv4: '10.0.0.1' }],
  [{ accessIPv6: '' }, { accessIPv6: '::1' }],
  [{ personality: [] }, { personality: [{ path: '/a', contents: '' }] }],
])('%j changes nothing; %j would, and is refused', (nothing, something) => {
  expect(isRefused(nothing)).toBe(false);
  expect(isRefused(something)).toBe(true);
});

test.each([{ user_data: 'aGVsbG8=' }, { key_name: 'k' }, { adminPass: 'p' }])(
  'without a config drive %j would be lost',
  (secret) => {
    expect(refusal({ server: { ...least, ...secret, config_drive: 'False' } })).toMatch(
      /^server\.config_drive must not be false/,
    );
    expect(isRefused({ ...secret, config_drive: true })).toBe(false);
    expect(isRefused({ config_drive: false })).toBe(false);
  },
);

test.each([
  { min_count: true },
  { min_count: [1] },
  { config_drive: 'maybe' },
  { config_drive: 1 },
  { return_reservation_id: 'perhaps' },
])('%j is not taken for something else', (server) => {
  expect(isRefused(server)).toBe(true);
});

test('metadata has at most 128 items', () => {
  const items = (n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, place) => [`k${place}`, 'v']));
  expect(isRefused({ metadata: items(128) })).toBe(false);
  expect(isRefused({ metadata: items(129) })).toBe(true);
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
  expect(listServers.parse({ limit: '0' }).limit).toBe(0);
  expect(listServers.safeParse({ limit: '-1' }).success).toBe(false);
});

test.each([
  { bogus: '1' },
  { tags: 'a' },
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
