// Whatever a packet holds: it is read, or told to be none; what is agreed on is within our limits and what was asked.
import { hostileName, hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { negotiate } from './negotiate.js';
import { dataPacket, errorPacket, opcode, optionAckPacket, parseClientPacket } from './packet.js';

/** As it can stand between two zero bytes. */
const asField = (text: string): string =>
  Buffer.from(text, 'latin1').toString('latin1').replaceAll('\0', '');
const field = hostileText.map(asField);
const optionName = hostileName('blksize', 'windowsize', 'timeout', 'tsize', 'BLKSIZE').map(asField);
const options = fc.array(fc.tuple(optionName, field), { maxLength: 6 });

/** As a client writes it: names and values in Latin-1, each ended by a zero byte. */
function readRequest(
  filename: string,
  mode: string,
  pairs: readonly (readonly [string, string])[],
): Buffer {
  const fields = [filename, mode, ...pairs.flat()].map((text) => `${text}\0`);
  return Buffer.concat([Buffer.from([0, opcode.read]), Buffer.from(fields.join(''), 'latin1')]);
}

test('any bytes are a packet, a malformed request or nothing', () => {
  const bytes = fc.uint8Array({ maxLength: 600 }).map((all) => Buffer.from(all));
  const known = fc
    .tuple(fc.constantFrom(...Object.values(opcode)), bytes)
    .map(([code, rest]) => Buffer.concat([Buffer.from([0, code]), rest]));
  fc.assert(
    fc.property(fc.oneof(bytes, known), (packet) => {
      const read = parseClientPacket(packet);
      expect([undefined, 'read', 'write', 'malformed', 'ack', 'error']).toContain(read?.kind);
      if (read?.kind === 'read') {
        expect(read.request.filename).not.toBe('');
        expect(read.request.filename + read.request.mode).not.toContain('\0');
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a request is read as it was written; of an option that is there twice the last', () => {
  fc.assert(
    fc.property(
      field.filter((name) => name !== ''),
      field,
      options,
      (filename, mode, pairs) => {
        expect(parseClientPacket(readRequest(filename, mode, pairs))).toEqual({
          kind: 'read',
          request: {
            filename,
            mode: mode.toLowerCase(),
            options: new Map(pairs.map(([name, value]) => [name.toLowerCase(), value])),
          },
        });
      },
    ),
  );
});

test('no beginning of a request is one', () => {
  fc.assert(
    fc.property(options, fc.nat(), (pairs, at) => {
      const whole = readRequest('boot/x', 'octet', pairs);
      // After a whole field a cut cannot be told from the end.
      const cut = whole.subarray(0, at % whole.length);
      const isWhole = cut.at(-1) === 0 && cut.filter((byte) => byte === 0).length > 2;
      expect(parseClientPacket(cut)?.kind).not.toBe(isWhole ? 'malformed' : 'read');
    }),
  );
});

test('what a server sends is nothing that a client may', () => {
  const blocks = fc.nat(0xffff);
  fc.assert(
    fc.property(blocks, fc.uint8Array({ maxLength: 100 }), (block, data) => {
      const content = Buffer.from(data);
      const packet = dataPacket(block, content);
      expect(packet.readUInt16BE(2)).toBe(block);
      expect(packet.subarray(4)).toEqual(content);
      expect(parseClientPacket(packet)).toBeUndefined();
      expect(parseClientPacket(optionAckPacket(new Map([['tsize', block]])))).toBeUndefined();
      expect(parseClientPacket(errorPacket(block, 'no'))).toEqual({ kind: 'error' });
    }),
  );
});

test('a client is told what is done, and nothing else: within our limits, and what it asked for', () => {
  const number = fc.oneof(
    fc.constantFrom('0', '1', '7', '8', '10', '11', '1468', '65464', '007', '1e3', ' 8'),
    fc.nat(70_000).map(String),
    field,
  );
  const asked = fc.dictionary(hostileName('blksize', 'windowsize', 'timeout', 'tsize'), number);
  fc.assert(
    fc.property(asked, fc.nat(), (wished, size) => {
      const wishes = new Map(Object.entries(wished));
      const { settings, accepted } = negotiate(wishes, size);
      expect(settings.blockSize).toBeGreaterThanOrEqual(8);
      expect(settings.blockSize).toBeLessThanOrEqual(1468);
      expect(settings.windowSize).toBeGreaterThanOrEqual(1);
      expect(settings.windowSize).toBeLessThanOrEqual(32);
      expect(settings.timeoutMs).toBeGreaterThanOrEqual(1_000);
      expect(settings.timeoutMs).toBeLessThanOrEqual(10_000);
      const told = {
        blksize: settings.blockSize,
        windowsize: settings.windowSize,
        timeout: settings.timeoutMs / 1_000,
        tsize: size,
      };
      for (const [name, value] of accepted) {
        expect([name, value]).toEqual([name, told[name as keyof typeof told]]);
        // More than was asked for a client cannot take; a time it must be given as it asked.
        expect(name === 'tsize' || value <= Number(wishes.get(name))).toBe(true);
        expect(name !== 'timeout' || String(value) === wishes.get(name)).toBe(true);
      }
      expect(accepted.has('blksize') || settings.blockSize === 512).toBe(true);
      expect(accepted.has('windowsize') || settings.windowSize === 1).toBe(true);
      expect(accepted.has('timeout') || settings.timeoutMs === 1_000).toBe(true);
    }),
    { numRuns: 500 },
  );
});
