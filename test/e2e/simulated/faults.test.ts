import type { NodeFaultsInput } from '@metalcast/lab';
import type { FakeBehaviour } from '@metalcast/testing';
import { Cloud, type Settings } from '@metalcast/simulated-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Case {
  readonly what: string;
  readonly node?: NodeFaultsInput;
  readonly bmc?: Partial<FakeBehaviour>;
  readonly wrongPassword?: true;
  /** The server's image promises to phone home. */
  readonly phones?: true;
  /** Fault code of the server; undefined: the server becomes ACTIVE anyway. */
  readonly fault?: string;
}

const cases: readonly Case[] = [
  { what: 'its BMC refuses power on', bmc: { refuse: ['on'] }, fault: 'POWER_REFUSED' },
  { what: 'its BMC says nothing', bmc: { silent: true }, fault: 'POWER_UNREACHABLE' },
  { what: 'its BMC obeys without effect', bmc: { stuck: true }, fault: 'POWER_NO_CHANGE' },
  { what: 'its BMC has another password', wrongPassword: true, fault: 'POWER_AUTH' },
  { what: 'it never asks for an address', node: { hangsAt: 'dhcp' }, fault: 'BOOT_NO_DHCP' },
  { what: 'it never fetches its script', node: { hangsAt: 'script' }, fault: 'BOOT_NO_SCRIPT' },
  { what: 'it never fetches the kernel', node: { hangsAt: 'kernel' }, fault: 'BOOT_NO_KERNEL' },
  { what: 'it never fetches the ramdisk', node: { hangsAt: 'ramdisk' }, fault: 'BOOT_NO_RAMDISK' },
  { what: 'its ramdisk says nothing', node: { hangsAt: 'hello' }, fault: 'AGENT_SILENT' },
  { what: 'its ramdisk dies over and over', node: { restartsAt: 'hello' }, fault: 'BOOT_LOOP' },
  { what: 'it never offers its disk', node: { hangsAt: 'target' }, fault: 'AGENT_SILENT' },
  { what: 'its target dies while written', node: { hangsAt: 'writing' }, fault: 'WRITE_STALLED' },
  { what: 'its disk refuses writes', node: { refusesWrites: true }, fault: 'WRITE_FAILED' },
  { what: 'it never reads back its disk', node: { hangsAt: 'verify' }, fault: 'AGENT_SILENT' },
  { what: 'its disk returns other bytes', node: { garbles: true }, fault: 'VERIFY_FAILED' },
  { what: 'its disk is too small', node: { diskMb: 36 }, fault: 'DISK_TOO_SMALL' },
  { what: 'it has no disk', node: { diskMb: 0 }, fault: 'DISK_MISSING' },
  {
    what: 'it never phones home',
    node: { hangsAt: 'phone-home' },
    phones: true,
    fault: 'FIRST_BOOT_SILENT',
  },
  { what: 'it phones home', phones: true },
  { what: 'its firmware is slow', node: { firmwareMs: 14_000 } },
  { what: 'it restarts while it is written', node: { restartsAt: 'writing', restarts: 1 } },
  { what: 'it restarts while it reads back', node: { restartsAt: 'verify', restarts: 1 } },
  { what: 'it never leaves the ramdisk', node: { hangsAt: 'leaving' } },
  { what: 'nothing is wrong with it' },
];

const buildMs = 240_000;
const limit = '12000';
const settings: Settings = {
  compute: {
    METALCAST_MAX_ATTEMPTS: '1',
    METALCAST_FIRMWARE_TIMEOUT_MS: '25000',
    METALCAST_MILESTONE_TIMEOUT_MS: limit,
    METALCAST_LEAVE_TIMEOUT_MS: '5000',
    METALCAST_FIRST_SIGN_TIMEOUT_MS: '30000',
  },
  power: { METALCAST_COMMAND_MS: '8000' },
  'deploy-helper': {
    // This limit includes the preparation of a disk, and several disks are prepared at once here.
    METALCAST_TARGET_MS: '40000',
    METALCAST_STALL_MS: limit,
    METALCAST_VERIFY_MS: limit,
  },
};

let cloud: Cloud;
/** An image that promises to phone home. */
let phoning: string;
/** By node name. */
const built = new Map<string, Promise<{ id: string; status: string }>>();

/** All at once, each on its own node, because most of them wait for a time limit. */
beforeAll(async () => {
  cloud = await Cloud.start({ nodes: cases.length, settings, imageMb: 32, zones: true });
  phoning = await cloud.addImage('phoning', { metalcast_first_sign: 'phone_home' });
  for (const [index, each] of cases.entries()) {
    const building = buildOn(`node${index + 1}`, each);
    building.catch(() => undefined);
    built.set(`node${index + 1}`, building);
  }
});

afterAll(async () => {
  await cloud.close();
});

test.each(cases.map((each, index) => ({ ...each, name: `node${index + 1}` })))(
  '$what: $fault',
  async ({ name, fault, phones }) => {
    const { id, status } = await built.get(name)!;
    const operation = await cloud.operation(id);
    expect(operation.fault?.code).toBe(fault);
    expect(status).toBe(fault === undefined ? 'ACTIVE' : 'ERROR');
    expect((await cloud.show(id)).fault?.message).toBe(operation.fault?.message);
    if (fault === undefined) {
      expect(await cloud.machines.see(name)).toMatchObject({
        power: 'on',
        stage: phones === undefined ? 'system' : 'phone-home',
      });
    }
  },
);

test('a server that must phone home becomes active only afterwards', async () => {
  const index = cases.findIndex(({ phones, fault }) => phones === true && fault === undefined);
  const { id } = await built.get(`node${index + 1}`)!;
  const { node, launchedAt, firstSignAt } = await cloud.database.prisma.instance.findUniqueOrThrow({
    where: { uuid: id },
  });
  const signs = await cloud.database.prisma.event.findMany({
    where: { subject: node!, type: { startsWith: 'boot.local.' } },
    orderBy: { n: 'asc' },
  });
  // A simulated node sends both signs at once, so either may be reported first.
  const [asked, phoned] = signs.toSorted((one, other) => one.type.localeCompare(other.type));
  expect([asked?.type, phoned?.type]).toEqual(['boot.local.dhcp', 'boot.local.phone_home']);
  expect(signs).toHaveLength(2);
  expect(phoned!.data).toMatchObject({ instance_uuid: id });
  const { id: nodeId } = await cloud.database.prisma.node.findUniqueOrThrow({
    where: { uuid: node! },
  });
  const [boot] = await cloud.database.prisma.boot.findMany({
    where: { nodeId, firstSignAt: { not: null } },
  });
  const given = [boot!.localDhcpAt!, boot!.phoneHomeAt!].map((time) => time.getTime());
  expect(firstSignAt!.getTime()).toBe(Math.min(...given));
  // The sign comes before its event, and an event's time is the time of its writing.
  expect(firstSignAt!.getTime()).toBeLessThanOrEqual(signs[0]!.time.getTime());
  expect(launchedAt!.getTime()).toBeGreaterThanOrEqual(phoned!.time.getTime());
});

test('a server that never phones home reports the missing sign, although it requested an address', async () => {
  const index = cases.findIndex(({ fault }) => fault === 'FIRST_BOOT_SILENT');
  const { id } = await built.get(`node${index + 1}`)!;
  expect((await cloud.operation(id)).fault?.message).toContain('(phone_home)');
  const asked = { type: 'instance.first_sign', subject: id };
  expect(await cloud.database.prisma.event.findMany({ where: asked })).toMatchObject([
    { data: { by: 'dhcp' } },
  ]);
});

async function buildOn(
  name: string,
  { node = {}, bmc = {}, wrongPassword, phones }: Case,
): Promise<{ id: string; status: string }> {
  await cloud.machines.break(name, node);
  await cloud.machines.breakBmc(name, bmc);
  if (wrongPassword) {
    await cloud.machines.setPassword(cloud.session, name, 'another');
  }
  const id = await cloud.build(name, phones && phoning);
  const { status } = await cloud.built(id, buildMs);
  return { id, status };
}
