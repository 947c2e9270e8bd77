// What an operator writes of nodes and flavors, disk hints and extra specs: understood, or refused by its own fault.
import { hostileName, hostileText, objectOf } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  diskHintKeys,
  isSurelyKept,
  parseDiskHint,
  type DescribedDisk,
  type DiskHint,
} from './disk-hint.js';
import { parseExtraSpec } from '../flavors/extra-spec.js';
import { Fault, type FaultRecord } from '../faults/fault.js';

const operator = fc.constantFrom(
  '',
  ...['=', '==', '!=', '>=', '<=', 's==', 's!=', 's<', 's>', '<in>', '<or>', '<all-in>'],
);
const written = fc
  .tuple(operator, hostileText, fc.constantFrom('', '<or> 8', ' 8 <or> 9', '<all-in> a'))
  .map(([before, text, after]) => `${before} ${text} ${after}`);
const hint = fc
  .dictionary(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...diskHintKeys) },
      { weight: 1, arbitrary: hostileName('by_path') },
    ),
    fc.oneof(written, hostileText, fc.boolean(), fc.double()),
    { maxKeys: 3 },
  )
  .map((those) => objectOf(Object.entries(those)) as DiskHint);
const disk: fc.Arbitrary<DescribedDisk> = fc.record(
  {
    name: fc.constantFrom('sda', 'nvme0n1'),
    size: fc.nat(),
    serial: hostileText,
    wwn: hostileText,
    model: hostileText,
    vendor: hostileText,
    rotational: fc.boolean(),
  },
  { requiredKeys: ['name', 'size'] },
);

function read<T>(code: FaultRecord['code'], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code });
    return undefined;
  }
}

test('a disk hint judges any disk', () => {
  let judged = 0;
  fc.assert(
    fc.property(hint, disk, (asked, told) => {
      const judge = read('DISK_HINT_MALFORMED', () => parseDiskHint(asked));
      if (judge !== undefined) {
        judged += 1;
        expect(['yes', 'no', 'unknown']).toContain(judge(told));
      }
    }),
    { numRuns: 1_000 },
  );
  expect(judged).toBeGreaterThan(50);
});

test('what a disk tells of itself is a hint that fits it, where it is no operator', () => {
  fc.assert(
    fc.property(disk, fc.constantFrom('serial', 'wwn', 'model', 'vendor'), (told, key) => {
      const value = told[key] ?? '';
      const judge = read('DISK_HINT_MALFORMED', () => parseDiskHint({ [key]: value }));
      const isOperator = /^\s*(?:[<>!=]|s[<>!=])/.test(value);
      if (judge !== undefined && !isOperator) {
        expect(judge(told)).toBe('yes');
      }
    }),
  );
});

test('of two hints that were accepted it can be said whether one keeps what the other means', () => {
  fc.assert(
    fc.property(hint, hint, disk, (root, keep, told) => {
      const [isRoot, isKept] = [root, keep].map((one) =>
        read('DISK_HINT_MALFORMED', () => parseDiskHint(one)),
      );
      if (isRoot !== undefined && isKept !== undefined && isSurelyKept(root, keep)) {
        expect(isRoot(told) === 'yes' && isKept(told) === 'no').toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('an extra spec judges any value, and its example is one that matches', () => {
  const value = fc.oneof(hostileText, fc.double(), fc.boolean());
  fc.assert(
    fc.property(fc.oneof(written, hostileText), value, (text, told) => {
      const spec = read('EXTRA_SPEC_MALFORMED', () => parseExtraSpec(text, 'key'));
      if (spec !== undefined) {
        expect(spec.text).toBe(text);
        expect([true, false]).toContain(spec.matches(told));
        expect(spec.example === undefined || spec.matches(spec.example)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
