// Whatever path a node asks for: it names one of the things that are served, for one MAC, or nothing.
import { hostileName, hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteRange } from '../http/byte-range.js';
import { requestedBy } from './request-path.js';

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-fA-F]{${String(digits)}}$`));
const mac = fc.oneof(
  fc.array(hex(2), { minLength: 6, maxLength: 6 }).map((groups) => groups.join(':')),
  fc.array(hex(2), { minLength: 6, maxLength: 6 }).map((groups) => groups.join('-')),
  hex(12),
  hostileText,
);
const part = fc.oneof(
  fc.constantFrom('boot', 'pxelinux.cfg', 'kernel', 'ramdisk', 'token.cpio', '..', '.', '', '%2e'),
  mac.map((text) => `01-${text}`),
  mac,
  hostileName(),
);
const path = fc.oneof(
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/')),
  mac.map((text) => `/boot/${text}`),
  fc
    .tuple(mac, fc.constantFrom('token.cpio', 'kernel/0a', 'ramdisk/ff', 'kernel/..'))
    .map(([text, what]) => `boot/${text}/${what}`),
);

test('a path names a thing of one node by words that are harmless in any file’s name', () => {
  const kinds = new Set<string | undefined>();
  fc.assert(
    fc.property(path, (asked) => {
      const found = requestedBy(asked);
      kinds.add(found?.kind);
      if (found === undefined) return;
      expect(found.mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      expect(Number.parseInt(found.mac, 16) % 2).toBe(0);
      expect('hash' in found ? found.hash : '0').toMatch(/^[0-9a-f]+$/);
      // The path that is made of what was understood is understood alike.
      const again = 'hash' in found ? `${found.kind}/${found.hash}` : 'token.cpio';
      expect(requestedBy(`boot/${found.mac}${found.kind === 'script' ? '' : `/${again}`}`)).toEqual(
        found.kind === 'script' ? { ...found, loader: 'ipxe' } : found,
      );
    }),
    { numRuns: 1_000 },
  );
  expect(kinds).toContain(undefined);
  expect([...kinds]).toEqual(expect.arrayContaining(['script', 'token', 'kernel', 'ramdisk']));
});

test('a range lies in what there is, and has a byte', () => {
  const number = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '9'.repeat(400), '00'));
  const header = fc.oneof(
    fc.tuple(number, number).map(([from, to]) => `bytes=${from}-${to}`),
    hostileText,
    hostileText.map((text) => `bytes=${text}`),
  );
  fc.assert(
    fc.property(header, fc.nat(200), (asked, size) => {
      const range = byteRange(asked, size);
      if (range === undefined || range === 'unsatisfiable') return;
      expect(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end)).toBe(true);
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
      expect(range.end).toBeLessThan(size);
      expect(byteRange(`bytes=${range.start}-${range.end}`, size)).toEqual(range);
    }),
    { numRuns: 1_000 },
  );
});
