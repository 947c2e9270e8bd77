// Whatever names a user gives: a config drive tells them as they were given, and nothing beside them.
import { hostileName, hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configDriveFiles } from './content.js';
import type { ConfigDriveInput } from './config-drive-input.js';
import { configDrive, configDriveBytes } from './vfat.js';

const names = fc
  .array(fc.tuple(hostileName(), hostileText), { maxLength: 4 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));
const file = fc.record({
  path: hostileText,
  content: fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
});
const server: fc.Arbitrary<ConfigDriveInput> = fc.record({
  uuid: fc.uuid(),
  name: hostileText,
  hostname: fc.constant('web'),
  projectId: hostileText,
  launchIndex: fc.nat(10),
  availabilityZone: hostileName('nova'),
  keys: names,
  metadata: names,
  adminPass: fc.option(hostileText, { nil: undefined }),
  userData: fc.option(
    fc.uint8Array({ maxLength: 1_000 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  ),
  files: fc.array(file, { maxLength: 3 }),
  ports: fc.constant([]),
  phoneHomeUrl: fc.constant(undefined),
  hasSwap: fc.boolean(),
  randomSeed: fc.constant(Buffer.alloc(512)),
});

test('names, texts and files are read as they were given', () => {
  fc.assert(
    fc.property(server, (told) => {
      const files = new Map(configDriveFiles(told).map(({ path, content }) => [path, content]));
      const meta = JSON.parse(String(files.get('openstack/latest/meta_data.json'))) as {
        meta: object;
        public_keys: object;
        keys: { name: string; data: string }[];
        files?: { path: string; content_path: string }[];
      };
      // By entries: an object that has a key `__proto__` equals one that has it not.
      expect(Object.entries(meta.meta)).toEqual(Object.entries(told.metadata));
      expect(Object.entries(meta.public_keys)).toEqual(Object.entries(told.keys));
      expect(meta.keys.map(({ name, data }) => [name, data])).toEqual(Object.entries(told.keys));
      expect(meta).toMatchObject({
        name: told.name,
        project_id: told.projectId,
        availability_zone: told.availabilityZone,
      });
      const injected = (meta.files ?? []).map(({ path, content_path: at }) => ({
        path,
        content: files.get(`openstack${at}`),
      }));
      expect(injected).toEqual(told.files);
      expect(files.get('openstack/latest/user_data')).toEqual(told.userData);
    }),
  );
});

test('the volume holds each file’s bytes, and is as long as was said', () => {
  fc.assert(
    fc.property(server, (told) => {
      const files = configDriveFiles(told);
      const length = configDriveBytes(files);
      const volume = configDrive(files, length);
      expect(volume.length).toBeLessThanOrEqual(length);
      for (const { content } of files) {
        expect(volume.includes(content)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
