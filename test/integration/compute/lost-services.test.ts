// Nobody blames a node for what a service of ours has not done.
import { randomUUID } from 'node:crypto';
import type { Node, Operation } from '@metalcast/db';
import { deploymentState, type FaultRecord, type ServiceName } from '@metalcast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootDetails, World, type Others } from './world.js';

let world: World;
let node: Node;
let operation: Operation;
beforeEach(async () => {
  world = await World.open({ METALCAST_MAX_ATTEMPTS: '1', METALCAST_QUARANTINE_AFTER: '1' });
  await world.network();
  node = await world.node('one');
});
afterEach(() => world.close());

const silent = (): 'silent' => 'silent';

interface Stall {
  readonly what: string;
  readonly service: ServiceName;
  readonly code: string;
  readonly work: string;
  readonly others: Others;
  /** The server's image promises a sign of life. */
  readonly sign?: string;
  /** Brings the node to where it stalls. */
  readonly come?: (claimed: Node) => Promise<unknown>;
}

const mac = '52:54:00:00:00:01';
const stalls: readonly Stall[] = [
  {
    what: 'a node of which nothing is seen',
    ...{ service: 'boot', code: 'BOOT_NO_DHCP', work: 'the network boot of node' },
    others: { ramdisk: silent },
  },
  {
    what: 'a node that never fetches its script',
    ...{ service: 'boot', code: 'BOOT_NO_SCRIPT', work: 'the network boot of node' },
    others: { ramdisk: silent },
    come: (claimed) => world.tell('bootDhcp', claimed, { mac }),
  },
  {
    what: 'a ramdisk that never says hello',
    ...{ service: 'deploy-helper', code: 'AGENT_SILENT', work: 'the ramdisk of node' },
    others: { ramdisk: silent },
    come: (claimed) => world.tell('bootRamdisk', claimed, { mac }),
  },
  {
    what: 'a write without progress',
    ...{ service: 'deploy-helper', code: 'WRITE_STALLED', work: 'the deployment of node' },
    others: { deploy: silent },
    come: async (claimed) => {
      await world.deployments.bring(claimed, deploymentState.writing);
      await world.database.prisma.deployment.updateMany({
        data: { deadlineAt: new Date(Date.now() - 86_400_000), progressAt: null },
      });
    },
  },
  {
    what: 'a system without a sign of life',
    ...{ service: 'boot', code: 'FIRST_BOOT_SILENT', work: 'the first sign of life of node' },
    others: {},
    sign: 'dhcp',
  },
];

async function comeToStall({ others, sign, come }: Stall): Promise<void> {
  const promised: Record<string, string> = sign === undefined ? {} : { metalcast_first_sign: sign };
  ({ operation } = await world.server('web', promised));
  await world.settle(others);
  await come?.(await world.nodeNow(node));
  await world.passTime();
}

const fault = async (): Promise<FaultRecord> =>
  (await world.operation(operation.id)).fault as unknown as FaultRecord;

const blame = async (): Promise<[number, boolean]> => {
  const { failures, quarantined } = await world.nodeNow(node);
  return [failures, quarantined];
};

async function expectLost({ service, work }: Stall): Promise<void> {
  const { code, message, evidence } = await fault();
  expect([code, message]).toEqual([
    'SERVICE_LOST',
    `No ${service} service took care of ${work} ${node.uuid} in time.`,
  ]);
  expect(evidence?.join(' ')).toContain(`metalcast-${service}`);
  expect(await blame()).toEqual([0, false]);
}

describe.each(stalls)('$what', (stall) => {
  const { service, code } = stall;

  test('is the fault of the node, if the service was there all the time', async () => {
    await world.heartbeats(service);
    await comeToStall(stall);
    expect((await fault()).code).toBe(code);
  });

  test('is not its fault, if the service has died', async () => {
    await world.heartbeats(service, { last: '25 h' });
    await comeToStall(stall);
    await expectLost(stall);
    expect((await fault()).evidence?.join(' ')).toMatch(/last heard of at \d{4}-/);
  });

  test('nor if the service began only afterwards', async () => {
    await world.heartbeats(service, { since: '1 h' });
    await comeToStall(stall);
    await expectLost(stall);
    expect((await fault()).evidence?.join(' ')).toMatch(/up only since \d{4}-/);
  });

  test('nor if there has never been one', async () => {
    await comeToStall(stall);
    await expectLost(stall);
  });
});

describe.each(stalls.filter(({ service }) => service === 'boot'))('$what', (stall) => {
  test.each([
    { of: 'another subnet', details: { ...bootDetails, address: '10.77.0.2' } },
    { of: 'another network', details: { ...bootDetails, network: randomUUID() } },
    { of: 'its network, but only stands by', details: { ...bootDetails, serving: false } },
  ])('is not its fault, if the only boot service is one of $of', async ({ details }) => {
    await world.heartbeats('boot', { details });
    await comeToStall(stall);
    await expectLost(stall);
    expect((await fault()).evidence?.join(' ')).toContain('metalcast-boot on h: does not serve');
  });

  test('is its fault, if one of several boot services served its network all the time', async () => {
    await world.heartbeats('boot', { host: 'other', details: { ...bootDetails, serving: false } });
    const { id: network } = await world.database.prisma.network.findFirstOrThrow();
    await world.heartbeats('boot', { details: { ...bootDetails, network } });
    await comeToStall(stall);
    expect((await fault()).code).toBe(stall.code);
  });
});

test('of many services the evidence names those that were heard of last', async () => {
  const [stall] = stalls as [Stall];
  for (let nth = 10; nth < 30; nth += 1) {
    const last = `${String(25 + nth)} h`;
    await world.heartbeats('boot', { host: `h${String(nth)}`, last });
  }
  await comeToStall(stall);
  const { evidence = [] } = await fault();
  const hosts = evidence.map((line) => /^metalcast-boot on (h\d+)/.exec(line)?.[1]);
  const newest = ['h10', 'h11', 'h12', 'h13', 'h14', 'h15', 'h16'];
  expect(hosts).toEqual([...newest, undefined]);
});

test('the fault that the node would have had is in the evidence', async () => {
  const [stall] = stalls as [Stall];
  await comeToStall(stall);
  expect((await fault()).evidence?.join(' ')).toContain('never asked for an address');
});

test('a service whose next heartbeat is due is waited for: it may have died since its last', async () => {
  const [stall] = stalls as [Stall];
  ({ operation } = await world.server('web'));
  await world.heartbeats('boot');
  await world.settle(stall.others);
  await world.database.prisma.$executeRaw`
    UPDATE operations SET begun_at = clock_timestamp() - interval '1805 s'`;
  await world.heartbeats('boot', { last: '10 s' });
  await world.passDeadline(operation.id);
  expect(await world.operation(operation.id)).toMatchObject({ step: 'awaitRamdisk', fault: null });
  await world.heartbeats('boot');
  await world.passDeadline(operation.id);
  expect((await fault()).code).toBe('BOOT_NO_DHCP');
});
