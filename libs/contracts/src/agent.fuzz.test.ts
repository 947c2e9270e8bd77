// Whatever a machine says that claims to be a ramdisk: it is refused, or all that is kept of it obeys its limits.
import { isStorable } from '@metalcast/domain';
import { hostileJson, hostileName, hostileText, objectOf } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { agentHello, agentNext, agentReady, agentReport } from './agent.js';

const bodies = { hello: agentHello, next: agentNext, ready: agentReady, report: agentReport };
const uuid = '7c1b2c3d-0000-4000-8000-000000000001';
const sound = {
  node: uuid,
  epoch: 1,
  attempt: 1,
  boot_try: '1',
  token: 'x'.repeat(32),
  nonce: '0'.repeat(32),
  portal: '10.0.0.1',
  iqn: 'iqn.2026-01.test:a',
  zeroed: 1,
  step: 'error',
};
const disk = fc
  .array(
    fc.tuple(
      hostileName('name', 'size', 'serial', 'wwn', 'rotational', 'pci', 'mbr_signature'),
      fc.oneof(hostileJson, fc.constantFrom('sda', 1_000, '1000')),
    ),
    { maxLength: 6 },
  )
  .map((pairs) => ({ name: 'sda', size: 4_096, ...objectOf(pairs) }));
const value = fc.oneof(
  hostileJson,
  hostileText,
  fc.constantFrom(-1, 2_147_483_648, 2 ** 53, 1e300, '1', ''),
  fc.array(disk, { maxLength: 3 }),
);
const fields = Object.values(bodies).flatMap((schema) => Object.keys(schema.shape));
const body = fc
  .tuple(fc.constant(sound), fc.array(fc.tuple(hostileName(...fields), value), { maxLength: 3 }))
  .map(([right, wrong]) => ({ ...right, ...objectOf(wrong) }));

/** Column types of PostgreSQL that its values are kept in: `integer`, or `bigint` for bytes. */
function expectKept(told: unknown): void {
  expect(isStorable(told)).toBe(true);
  if (typeof told === 'number') {
    expect(Number.isSafeInteger(told) && told >= 0).toBe(true);
  } else if (typeof told === 'string') {
    expect(told.length).toBeLessThanOrEqual(8_000);
    expect(told).not.toMatch(/[\0-\b\v-\x1f\x7f-\x9f]/);
  } else if (typeof told === 'object' && told !== null) {
    Object.values(told).forEach(expectKept);
  }
}

test.each(Object.entries<z.ZodType>(bodies))('%s', (_, schema) => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(body, body, hostileJson), (said) => {
      const parsed = schema.safeParse(said);
      if (!parsed.success) return;
      accepted += 1;
      expectKept(parsed.data);
      // What is kept is said again without a change: a repeat is the same.
      expect(schema.parse(JSON.parse(JSON.stringify(parsed.data)))).toEqual(parsed.data);
    }),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test.each([null, '', ' ', [], [7], true, false, '0x7', '1e0', '7.0', '+7'])(
  '%j is no number, whatever could be made of it',
  (epoch) => {
    expect(agentNext.safeParse({ node: uuid, epoch }).success).toBe(false);
    expect(agentHello.safeParse({ ...sound, disks: [{ name: 'sda', size: epoch }] }).success).toBe(
      false,
    );
    expect(agentReport.safeParse({ ...sound, bytes: epoch }).success).toBe(false);
  },
);

test.each([7, '7', '007'])('%j is 7: a shell writes numbers as texts', (epoch) => {
  expect(agentNext.parse({ node: uuid, epoch }).epoch).toBe(7);
});

test('no text is longer than what it names can be', () => {
  const long = 'x'.repeat(10_000);
  expect(agentReady.safeParse({ ...sound, portal: long }).success).toBe(false);
  expect(agentHello.safeParse({ ...sound, macs: [long] }).success).toBe(false);
});
