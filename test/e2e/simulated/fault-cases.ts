// What is done to a simulated machine, and what its build must say of it.
import type { NodeFaultsInput } from '@metalcast/lab';
import type { FaultCode } from '@metalcast/domain';
import type { FakeBehaviour } from '@metalcast/testing';

/** How a build ends. */
export interface Named {
  readonly code: FaultCode;
  /** The step that failed. */
  readonly phase: string;
  /** What the message says. */
  readonly says: RegExp;
  /** What the evidence says, if it must say more. */
  readonly shows?: RegExp;
  /** Whether it counts against the node. */
  readonly blamed: boolean;
}

export interface FaultCase {
  readonly what: string;
  readonly node?: NodeFaultsInput;
  readonly bmc?: Partial<FakeBehaviour>;
  readonly wrongPassword?: true;
  /** The server's image promises to phone home. */
  readonly phones?: true;
  /** Undefined: the server becomes ACTIVE anyway. */
  readonly named?: Named;
}

const powerStep = 'powerCycleToNetwork';
const byNode = (code: FaultCode, phase: string, says: RegExp): Named => ({
  ...{ code, phase, says },
  blamed: true,
});

export const faultCases: readonly FaultCase[] = [
  {
    what: 'its BMC refuses power on',
    bmc: { refuse: ['on'] },
    named: byNode('POWER_REFUSED', powerStep, /refused power on/),
  },
  {
    what: 'its BMC says nothing',
    bmc: { silent: true },
    named: byNode('POWER_UNREACHABLE', powerStep, /The BMC http:\S+ .* does not answer/),
  },
  {
    what: 'its BMC obeys without effect',
    bmc: { stuck: true },
    named: byNode('POWER_NO_CHANGE', powerStep, /but the power still reads off/),
  },
  {
    what: 'its BMC has another password',
    wrongPassword: true,
    named: byNode('POWER_AUTH', powerStep, /refused the user name or password/),
  },
  {
    what: 'it never asks for an address',
    node: { hangsAt: 'dhcp' },
    named: byNode('BOOT_NO_DHCP', 'awaitRamdisk', /last seen: its power came on/),
  },
  {
    what: 'it takes the offer of another DHCP server',
    node: { foreignDhcp: true },
    named: {
      ...{ code: 'BOOT_FOREIGN_DHCP', phase: 'awaitRamdisk' },
      says: /took the address 10\.\S+ from another DHCP server/,
      blamed: false,
    },
  },
  {
    what: 'another machine asks for an address in its name, and it boots',
    node: { spoofedDhcp: true, firmwareMs: 3000 },
  },
  {
    what: 'another machine asks for an address in its name, and it never asks',
    node: { spoofedDhcp: true, hangsAt: 'dhcp' },
    named: {
      ...{ code: 'BOOT_UNSUPPORTED_FIRMWARE', phase: 'awaitRamdisk' },
      says: /no boot loader: 64-bit ARM UEFI/,
      blamed: false,
    },
  },
  {
    what: 'it never fetches its script',
    node: { hangsAt: 'script' },
    named: byNode('BOOT_NO_SCRIPT', 'awaitRamdisk', /last seen: it asked for an address at \d/),
  },
  {
    what: 'it never fetches the kernel',
    node: { hangsAt: 'kernel' },
    named: byNode('BOOT_NO_KERNEL', 'awaitRamdisk', /last seen: it fetched its boot config/),
  },
  {
    what: 'it never fetches the ramdisk',
    node: { hangsAt: 'ramdisk' },
    named: byNode('BOOT_NO_RAMDISK', 'awaitRamdisk', /last seen: it fetched the deploy kernel/),
  },
  {
    what: 'its ramdisk says nothing',
    node: { hangsAt: 'hello' },
    named: byNode('AGENT_SILENT', 'awaitRamdisk', /last seen: it fetched the deploy ramdisk/),
  },
  {
    what: 'its ramdisk has another token',
    node: { wrongToken: true },
    named: {
      ...byNode('AGENT_REJECTED', 'awaitRamdisk', /token is not the one that was served/),
      shows: /^It called from 10\.\S+; its cards: 52:54:/,
    },
  },
  {
    what: 'its ramdisk dies over and over',
    node: { restartsAt: 'hello' },
    named: byNode('BOOT_LOOP', 'awaitRamdisk', /asked \d+ times for its deploy boot/),
  },
  {
    what: 'it never offers its disk',
    node: { hangsAt: 'target' },
    named: byNode('AGENT_SILENT', 'writeImage', /last seen: it was ordered to offer its disk/),
  },
  {
    what: 'its ramdisk reports an error',
    node: { saysError: 'tgtd: cannot open /dev/vda: I/O error' },
    named: byNode(
      'AGENT_FAILED',
      'writeImage',
      /before anything was written: tgtd: cannot open \/dev\/vda: I\/O error/,
    ),
  },
  {
    what: 'its target has another password',
    node: { wrongSecret: true },
    named: byNode('TARGET_REFUSED', 'writeImage', /Authentication failure/i),
  },
  {
    what: 'its target dies while written',
    node: { hangsAt: 'writing' },
    named: byNode('WRITE_STALLED', 'writeImage', /stopped at \d+ %/),
  },
  {
    what: 'it is written over and over',
    node: { restartsAt: 'writing' },
    named: byNode('DEPLOY_LOOP', 'writeImage', /last seen: its disk was being written/),
  },
  {
    what: 'its power goes off while written',
    node: { losesPowerAt: 'writing' },
    named: byNode('WRITE_STALLED', 'writeImage', /stopped at \d+ %/),
  },
  {
    what: 'its disk refuses writes',
    node: { refusesWrites: true },
    named: byNode('WRITE_FAILED', 'writeImage', /failed at \d+ %/),
  },
  {
    what: 'its disk fails in the middle',
    node: { failsFromMb: 16 },
    named: byNode('WRITE_FAILED', 'writeImage', /failed at \d+ %: .*byte \d+/),
  },
  {
    what: 'it never reads back its disk',
    node: { hangsAt: 'verify' },
    named: byNode('AGENT_SILENT', 'writeImage', /asked to read it back/),
  },
  {
    what: 'its disk returns other bytes',
    node: { garbles: true },
    named: byNode('VERIFY_FAILED', 'writeImage', /differs from what was written/),
  },
  {
    what: 'its disk is too small',
    node: { diskMb: 36 },
    named: {
      ...{ code: 'DISK_TOO_SMALL', phase: 'writeImage', blamed: false },
      says: /has 36 MiB, but 3\d MiB are needed/,
    },
  },
  {
    what: 'it has no disk',
    node: { diskMb: 0 },
    named: byNode('DISK_MISSING', 'awaitRamdisk', /found no disk/),
  },
  {
    what: 'it never phones home',
    node: { hangsAt: 'phone-home' },
    phones: true,
    named: {
      ...{ code: 'FIRST_BOOT_SILENT', phase: 'awaitFirstBoot', blamed: false },
      says: /\(phone_home\)/,
    },
  },
  { what: 'it phones home', phones: true },
  { what: 'its firmware is slow', node: { firmwareMs: 14_000 } },
  { what: 'it restarts while it is written', node: { restartsAt: 'writing', restarts: 1 } },
  { what: 'it restarts while it reads back', node: { restartsAt: 'verify', restarts: 1 } },
  { what: 'it never leaves the ramdisk', node: { hangsAt: 'leaving' } },
  { what: 'nothing is wrong with it' },
];
