// Work that waits for its turn at a service that is up is not lost; at one that is not, it soon is.
import type { Node, Operation } from '@metalcast/db';
import { deploymentState, powerCommandState } from '@metalcast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World, type Others } from './world.js';

let world: World;
let operation: Operation;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  await world.node('one');
  ({ operation } = await world.server('web'));
});
afterEach(() => world.close());

const silent = (): 'silent' => 'silent';

interface Line {
  readonly step: string;
  readonly binary: string;
  readonly service: string;
  readonly others: Others;
}

const lines: readonly Line[] = [
  {
    step: 'schedule',
    binary: 'nova-scheduler',
    service: 'scheduler',
    others: { schedule: silent },
  },
  { step: 'prepareBoot', binary: 'metalcast-boot', service: 'boot', others: { boot: silent } },
  {
    ...{ step: 'powerCycleToNetwork', binary: 'metalcast-power', service: 'power' },
    others: { power: silent },
  },
  {
    ...{ step: 'writeImage', binary: 'metalcast-deploy-helper', service: 'deploy-helper' },
    others: { deploy: silent },
  },
];

const sql = (text: string): Promise<unknown> => world.database.prisma.$executeRawUnsafe(text);

/** A service of the binary that was last heard of so long ago. */
async function service(binary: string, silentFor = '0 s'): Promise<void> {
  const row = { host: 'h', binary, version: '1.0' };
  const where = { host_binary: { host: 'h', binary } };
  await world.database.prisma.service.upsert({ where, create: row, update: {} });
  await sql(`UPDATE services SET last_seen = clock_timestamp() - interval '${silentFor}'`);
}

const begunSince = (age: string): Promise<unknown> =>
  sql(`UPDATE operations SET begun_at = clock_timestamp() - interval '${age}'
        WHERE begun_at IS NOT NULL`);

/** What the first step says that failed. */
async function faultOf(step: string): Promise<unknown> {
  await world.passDeadline(operation.id);
  const failed = await world.database.prisma.operationStep.findFirst({
    where: { operationId: operation.id, step, result: 'Error' },
  });
  return failed?.detail ?? null;
}

describe.each(lines)('$step', ({ step, binary, service: named, others }) => {
  beforeEach(() => world.settle(others));

  test('waits for a service that is up and busy', async () => {
    await service(binary);
    await begunSince('50 min');
    expect(await faultOf(step)).toBeNull();
    expect((await world.operation(operation.id)).step).toBe(step);
  });

  test('bears a restart of the service', async () => {
    await service(binary, '90 s');
    await sql('UPDATE services SET stopped_at = last_seen');
    await begunSince('50 min');
    expect(await faultOf(step)).toBeNull();
  });

  test('is lost soon when no service is up, by its name', async () => {
    await service(binary, '121 s');
    await service(binary === 'metalcast-boot' ? 'metalcast-power' : 'metalcast-boot', '121 s');
    await begunSince('121 s');
    const fault = { code: 'SERVICE_LOST', message: expect.stringContaining(named) as string };
    expect(await faultOf(step)).toMatchObject(fault);
  });

  test('does not wait for ever', async () => {
    await service(binary);
    await begunSince('61 min');
    expect(await faultOf(step)).toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message: expect.stringMatching(
        new RegExp(`waited 36\\d\\d s in the queue of ${named}`),
      ) as string,
    });
  });

  test('is sent again, ever more rarely', async () => {
    await service(binary);
    await world.takeCasts();
    await begunSince('40 s');
    await world.passDeadline(operation.id);
    expect(await world.takeCasts()).toHaveLength(1);
    const { deadlineAt } = await world.operation(operation.id);
    const [clock] = await world.database.prisma.$queryRaw<{ now: Date }[]>`
      SELECT clock_timestamp() AS now`;
    expect((deadlineAt?.getTime() ?? 0) - (clock?.now.getTime() ?? 0)).toBeGreaterThan(20_000);
  });
});

describe('a power command', () => {
  beforeEach(async () => {
    await world.settle({ power: silent });
    await service('metalcast-power');
    node = await world.database.prisma.node.findFirstOrThrow();
    await world.power.bring(node, asked(), powerCommandState.queued);
  });
  let node: Node;
  const asked = () => ({ key: `${operation.id}/1/powerCycleToNetwork/1`, target: 'cycle' });
  const running = async (deadline: string): Promise<void> => {
    await world.power.bring(node, asked(), powerCommandState.running);
    await sql(`UPDATE power_commands SET deadline_at = clock_timestamp() + interval '${deadline}'`);
  };

  test('that is queued waits for its turn', async () => {
    await begunSince('50 min');
    expect(await faultOf('powerCycleToNetwork')).toBeNull();
  });

  test('that waited long has its whole time once it is begun', async () => {
    await begunSince('61 min');
    await running('30 s');
    expect(await faultOf('powerCycleToNetwork')).toBeNull();
  });

  test('that was begun and never ended is lost', async () => {
    await begunSince('10 min');
    await running('-121 s');
    expect(await faultOf('powerCycleToNetwork')).toMatchObject({ code: 'SERVICE_LOST' });
  });
});

test('a disk that waited long has its whole time once a helper has it', async () => {
  await world.settle({ deploy: silent });
  await world.heartbeats('deploy-helper');
  const node = await world.database.prisma.node.findFirstOrThrow();
  await world.deployments.bring(node, deploymentState.queued);
  await world.database.prisma.deployment.updateMany({ data: { deadlineAt: new Date() } });
  await begunSince('50 min');
  expect(await faultOf('writeImage')).toBeNull();
  const deadlineAt = new Date(Date.now() - 280_000);
  await world.deployments.bring(node, deploymentState.targeting);
  await world.database.prisma.deployment.updateMany({ data: { deadlineAt } });
  expect(await faultOf('writeImage')).toBeNull();
  await world.database.prisma.deployment.updateMany({ data: { deadlineAt: new Date(0) } });
  expect(await faultOf('writeImage')).toMatchObject({ code: 'WRITE_STALLED' });
});
