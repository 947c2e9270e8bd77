import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { isNoRoom } from './no-room.js';

const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
const ofNode = { node: 'n', percent: 3, reason: 'No space left on device' };

test.each([
  ['a file system', full, true],
  ['what wraps it', new Error('download', { cause: full }), true],
  ['a program', new Error('qemu-img dd: No space left on device'), true],
  ["the node's disk", new Fault('WRITE_FAILED', ofNode), false],
  ['anything else', new Error('no such file'), false],
])('%s', (_, error, noRoom) => {
  expect(isNoRoom(error)).toBe(noRoom);
});
