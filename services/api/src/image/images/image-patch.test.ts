import { expect, test } from 'vitest';
import { patched } from './image-patch.js';

const document = { name: 'a', tags: ['x', 'y'], arch: 'x86_64' };

test.each([
  [
    { op: 'add', path: '/os', value: 'debian' },
    { ...document, os: 'debian' },
  ],
  [
    { op: 'add', path: '/arch', value: 'arm64' },
    { ...document, arch: 'arm64' },
  ],
  [
    { op: 'replace', path: '/name', value: null },
    { ...document, name: null },
  ],
  [
    { op: 'remove', path: '/arch' },
    { name: 'a', tags: ['x', 'y'] },
  ],
  [
    { op: 'add', path: '/a~1b~0c', value: '1' },
    { ...document, 'a/b~c': '1' },
  ],
  [
    { op: 'add', path: '/tags/-', value: 'z' },
    { ...document, tags: ['x', 'y', 'z'] },
  ],
  [
    { op: 'add', path: '/tags/0', value: 'z' },
    { ...document, tags: ['z', 'x', 'y'] },
  ],
  [
    { op: 'replace', path: '/tags/1', value: 'z' },
    { ...document, tags: ['x', 'z'] },
  ],
  [
    { op: 'remove', path: '/tags/0' },
    { ...document, tags: ['y'] },
  ],
] as const)('%o', (operation, result) => {
  expect(patched(document, [operation])).toEqual(result);
});

test.each([
  [{ op: 'replace', path: '/missing', value: '1' }, 'CONFLICT'],
  [{ op: 'remove', path: '/missing' }, 'CONFLICT'],
  [{ op: 'remove', path: '/tags/2' }, 'CONFLICT'],
  [{ op: 'remove', path: '/tags/x' }, 'CONFLICT'],
  [{ op: 'remove', path: '/name' }, 'FORBIDDEN'],
  [{ op: 'replace', path: '/id', value: 'x' }, 'FORBIDDEN'],
  [{ op: 'replace', path: '/size', value: 1 }, 'FORBIDDEN'],
  [{ op: 'add', path: '/name/0', value: 'x' }, 'BAD_REQUEST'],
] as const)('%o is refused', (operation, code) => {
  expect(() => patched(document, [operation])).toThrow(expect.objectContaining({ code }) as Error);
});
