// Every kind of fault is injected into a machine of its own, all at once; then services are taken away.
import type { FaultRecord } from '@metalcast/domain';
import { Cloud, type Settings } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultCases, type FaultCase } from './fault-cases.js';

const cases = faultCases;

const buildMs = 240_000;
const limit = '12000';
const settings: Settings = {
  compute: {
    METALCAST_MAX_ATTEMPTS: '1',
    METALCAST_FIRMWARE_TIMEOUT_MS: '25000',
    METALCAST_MILESTONE_TIMEOUT_MS: limit,
    METALCAST_DOUBT_TIMEOUT_MS: limit,
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

/** As it is stored. */
async function faultOf(instanceUuid: string): Promise<FaultRecord | null> {
  const where = { instanceUuid };
  const { fault } = await cloud.database.prisma.operation.findFirstOrThrow({ where });
  return fault as FaultRecord | null;
}

const rowOf = (name: string) => cloud.database.prisma.node.findFirstOrThrow({ where: { name } });

interface Ended {
  readonly status: string;
  readonly fault: FaultRecord | null;
  readonly blamed: boolean;
}

async function endOf(name: string): Promise<Ended & { readonly id: string }> {
  const { id, status } = await built.get(name)!;
  const { failures } = await rowOf(name);
  return { id, status, fault: await faultOf(id), blamed: failures > 0 };
}

const onNodes = cases.map((each, index) => ({ ...each, name: `node${index + 1}` }));
const failing = onNodes.flatMap(({ named, ...each }) =>
  named === undefined ? [] : [{ ...each, named }],
);

test.each(failing)('$what: $named.code', async ({ name, named }) => {
  const { id, fault, ...end } = await endOf(name);
  const { code, phase, blamed, says, shows = /^/ } = named;
  const seen = { ...end, code: fault?.code, phase: fault?.phase };
  expect(seen, fault?.message).toEqual({ status: 'ERROR', code, phase, blamed });
  expect(fault?.message).toMatch(says);
  expect((fault?.evidence ?? []).join('\n')).toMatch(shows);
  expect((await cloud.show(id)).fault?.message).toBe(fault?.message);
  expect((await cloud.operation(id)).fault?.message).toBe(fault?.message);
});

test.each(onNodes.filter(({ named }) => named === undefined))(
  '$what: ACTIVE all the same',
  async ({ name, phones }) => {
    expect(await endOf(name)).toMatchObject({ status: 'ACTIVE', fault: null, blamed: false });
    expect(await cloud.machines.see(name)).toMatchObject({
      power: 'on',
      stage: phones === undefined ? 'system' : 'phone-home',
    });
  },
);

test('a server that must phone home becomes active only afterwards', async () => {
  const index = cases.findIndex(({ phones, named }) => phones === true && named === undefined);
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
  const index = cases.findIndex(({ named }) => named?.code === 'FIRST_BOOT_SILENT');
  const { id } = await built.get(`node${index + 1}`)!;
  expect((await cloud.operation(id)).fault?.message).toContain('(phone_home)');
  const asked = { type: 'instance.first_sign', subject: id };
  expect(await cloud.database.prisma.event.findMany({ where: asked })).toMatchObject([
    { data: { by: 'dhcp' } },
  ]);
});

const failedNodes = failing.map(({ name }) => name);

test('once its cause is gone, every node is free again by itself', async () => {
  await Promise.all(failedNodes.map((name) => built.get(name)!));
  await cloud.machines.repairAll();
  for (const [index, { wrongPassword }] of cases.entries()) {
    if (wrongPassword) {
      await cloud.machines.setPassword(cloud.session, `node${index + 1}`);
    }
  }
  const kept = async (): Promise<string[]> =>
    (await cloud.nodes())
      .filter(({ name, state }) => failedNodes.includes(name) && state !== 'available')
      .map(({ name }) => name);
  await waitFor(async () => (await kept()).length === 0, {
    timeoutMs: 60_000,
    what: 'all nodes to be free',
  });
});

test('a service that is away is named, and no node is blamed for it', async () => {
  const [one, other] = failedNodes as [string, string];
  const before = await Promise.all([one, other].map(async (name) => (await rowOf(name)).failures));
  await cloud.stop('deploy-helper');
  const unheard = await cloud.build(one);
  const at = (stage: string) => async () => (await cloud.machines.see(one)).stage === stage;
  await waitFor(at('hello'), { timeoutMs: 60_000, what: `${one} to say hello` });
  const unserved = await cloud.build(other);
  await cloud.stepBegun(unserved, 'powerCycleToNetwork');
  await cloud.stop('boot');
  for (const [id, service] of [
    [unheard, 'deploy-helper'],
    [unserved, 'boot'],
  ] as const) {
    const fault = await waitFor(async () => (await faultOf(id)) ?? false, {
      timeoutMs: 90_000,
      what: `the build without ${service} to fail`,
    });
    expect(fault).toMatchObject({ code: 'SERVICE_LOST', phase: 'awaitRamdisk' });
    expect(fault.message).toMatch(new RegExp(`^No ${service} service took care of the `));
    expect(fault.evidence?.join('\n')).toMatch(new RegExp(`metalcast-${service} on .* stopped at`));
  }
  await Promise.all([cloud.restart('deploy-helper'), cloud.restart('boot')]);
  for (const id of [unheard, unserved]) {
    expect(await cloud.built(id)).toMatchObject({ status: 'ERROR' });
  }
  const after = await Promise.all([one, other].map(async (name) => (await rowOf(name)).failures));
  expect(after).toEqual(before);
});

async function buildOn(
  name: string,
  { node = {}, bmc = {}, wrongPassword, phones }: FaultCase,
): Promise<{ id: string; status: string }> {
  await cloud.machines.break(name, node);
  await cloud.machines.breakBmc(name, bmc);
  if (wrongPassword) {
    await cloud.machines.setPassword(cloud.session, name, 'another');
    // Nothing is built on a node whose BMC was not reached since: as if the password had been right for a moment.
    await cloud.database.prisma.node.updateMany({ where: { name }, data: { bmcReached: true } });
  }
  const id = await cloud.build(name, phones && phoning);
  const { status } = await cloud.built(id, buildMs);
  return { id, status };
}
