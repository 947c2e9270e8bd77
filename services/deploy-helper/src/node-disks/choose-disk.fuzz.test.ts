// Whatever disks a ramdisk tells of: what is marked is never emptied, nothing is guessed, and a refusal can be read.
import { agentHello } from '@metalcast/contracts';
import { Fault, parseDiskHint } from '@metalcast/domain';
import { hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseDisk, isSame, type AgentDisk } from './choose-disk.js';
import { planDisks } from './disk-safety.js';

const gib = 1024 ** 3;
const few = (...words: readonly string[]) => fc.constantFrom(...words);
const disk = fc.record(
  {
    name: few('sda', 'sdb', 'sdc', 'nvme0n1', '__proto__', 'constructor'),
    size: fc.constantFrom(1, 10 * gib, 100 * gib, Number.MAX_SAFE_INTEGER),
    serial: fc.oneof(
      few('S1', 'S2', '', ' '),
      hostileText.map((text) => text.slice(0, 512)),
    ),
    wwn: few('0x5001', 'naa.5002', ''),
    model: few('M', 'toString'),
    rotational: fc.boolean(),
    pci: few('0000:00:1f.2', ''),
    mbr_signature: few('0x00000001', '0x00000002'),
  },
  { requiredKeys: ['name', 'size'] },
);
const biosDrive = fc.record(
  {
    drive: fc.integer({ min: 128, max: 131 }),
    sectors: fc.constantFrom(0, (10 * gib) / 512, (100 * gib) / 4096, 1e300),
    pci: few('0000:00:1f.2', ''),
    mbr_signature: few('0x00000001', '0x00000002'),
  },
  { requiredKeys: ['drive'] },
);
const hint = fc.constantFrom(
  { serial: 'S1' },
  { name: 'sda' },
  { size: '>= 50' },
  { wwn: '5001' },
  { rotational: true },
  { model: '<or> M <or> N' },
  { name: '__proto__' },
);
const told = fc.record({
  node: fc.constant('7c1b2c3d-0000-4000-8000-000000000001'),
  epoch: fc.constant(1),
  boot_try: fc.constant(1),
  token: fc.constant('x'.repeat(32)),
  nonce: fc.constant('0'.repeat(32)),
  protocol: fc.constantFrom(1, 2),
  disks: fc.uniqueArray(disk, { maxLength: 5, selector: ({ name }) => name }),
  bios_drives: fc.array(biosDrive, { maxLength: 4 }),
  config_labels: fc.array(
    fc.record({ disk: few('sda', 'sr0'), device: few('sda', 'sda1'), label: few('config-2') }),
    { maxLength: 2 },
  ),
  firmware: fc.constantFrom('bios', 'uefi'),
});
const wishes = fc.record({
  node: fc.constant('n'),
  rootDevice: fc.option(hint),
  keepDisks: fc.array(hint, { maxLength: 2 }),
  neededBytes: fc.constantFrom(0, 50 * gib),
});

test('a choice empties no disk that may be one to be kept, and is the only one possible', () => {
  let chosen = 0;
  fc.assert(
    fc.property(told, wishes, (said, wished) => {
      const hello = agentHello.parse(said);
      const choice = chooseDisk(hello.disks, wished);
      if (choice instanceof Fault) return;
      chosen += 1;
      const { disk: one, empties } = choice;
      expect(empties[0]).toBe(one);
      expect(new Set(empties).size).toBe(empties.length);
      for (const emptied of empties) {
        for (const kept of wished.keepDisks) {
          expect(parseDiskHint(kept)(emptied)).toBe('no');
        }
      }
      if (wished.rootDevice !== null) {
        expect(empties.filter((other) => meant(wished.rootDevice, other))).toEqual([one]);
      }
      expect(hello.disks.filter((other) => isSame(one, other) && other !== one)).toEqual([]);
      const plan = planDisks('n', hello, choice);
      if (!(plan instanceof Fault) && plan.biosDrive !== undefined) {
        expect(hello.bios_drives.map(({ drive }) => drive)).toContain(plan.biosDrive);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(chosen).toBeGreaterThan(50);
});

const meant = (hint: Parameters<typeof parseDiskHint>[0] | null, of: AgentDisk): boolean =>
  hint !== null && parseDiskHint(hint)(of) === 'yes';

test('of thousands of disks a refusal names some', () => {
  const disks = Array.from({ length: 3_000 }, (_, index) => ({
    name: `disk-${String(index)}-${'x'.repeat(50)}`,
    size: 10 * gib,
    serial: 'S',
  }));
  for (const rootDevice of [null, { serial: 'S' }, { name: disks[7]?.name ?? '' }]) {
    const fault = chooseDisk(disks, { node: 'n', rootDevice, keepDisks: [], neededBytes: 1 });
    expect(fault).toBeInstanceOf(Fault);
    expect((fault as Fault).message.length).toBeLessThan(5_000);
    expect((fault as Fault).message).toMatch(/ and \d+ more/);
  }
});
