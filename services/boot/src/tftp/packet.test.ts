import { expect, test } from 'vitest';
import { negotiate } from './negotiate.js';
import { dataPacket, errorPacket, optionAckPacket, parseClientPacket } from './packet.js';

const request = (...fields: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from([0, 1]), Buffer.from(fields.map((field) => `${field}\0`).join(''))]);

test('a request with options', () => {
  expect(parseClientPacket(request('a/b', 'OCTET', 'BLKSIZE', '1428', 'tsize', '0'))).toEqual({
    kind: 'read',
    request: {
      filename: 'a/b',
      mode: 'octet',
      options: new Map([
        ['blksize', '1428'],
        ['tsize', '0'],
      ]),
    },
  });
});

test.each([
  ['empty', Buffer.alloc(0)],
  ['half an opcode', Buffer.from([0])],
  ['a cut acknowledgement', Buffer.from([0, 4, 0])],
  ['a data packet', dataPacket(1, Buffer.from('x'))],
  ['an unknown opcode', Buffer.from([0, 9, 0, 0])],
])('%s is no request', (_, packet) => {
  expect(parseClientPacket(packet)).toBeUndefined();
});

test.each([
  ['no name', request('', 'octet')],
  ['nothing but an opcode', Buffer.from([0, 1])],
  ['cut off', Buffer.from([0, 1, 97, 98])],
  ['without its last zero byte', request('file', 'octet').subarray(0, -1)],
])('a request with %s is malformed', (_, packet) => {
  expect(parseClientPacket(packet)).toEqual({ kind: 'malformed' });
});

test('packets as they go out', () => {
  expect(dataPacket(258, Buffer.from('x'))).toEqual(Buffer.from([0, 3, 1, 2, 120]));
  expect(optionAckPacket(new Map([['blksize', 8]])).toString('latin1')).toBe(
    '\0\x06blksize\x008\0',
  );
  expect(errorPacket(1, 'no').toString('latin1')).toBe('\0\x05\0\x01no\0');
});

test('options are accepted within the limits', () => {
  const options = new Map([
    ['blksize', '65464'],
    ['windowsize', '64'],
    ['timeout', '3'],
    ['tsize', '0'],
    ['multicast', ''],
  ]);
  const { settings, accepted } = negotiate(options, 4711);
  expect(settings).toEqual({ blockSize: 1468, windowSize: 32, timeoutMs: 3000 });
  expect([...accepted]).toEqual([
    ['blksize', 1468],
    ['windowsize', 32],
    ['timeout', 3],
    ['tsize', 4711],
  ]);
});

test('options out of range or none: the defaults', () => {
  const odd = new Map([
    ['blksize', '4'],
    ['windowsize', '0'],
    ['timeout', '300'],
  ]);
  for (const options of [odd, new Map<string, string>()]) {
    const { settings, accepted } = negotiate(options, 1);
    expect(settings).toEqual({ blockSize: 512, windowSize: 1, timeoutMs: 1000 });
    expect(accepted.size).toBe(0);
  }
});
