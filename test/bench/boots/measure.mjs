import { setTimeout as pause } from 'node:timers/promises';
import { serviceNames } from '@metalcast/domain';
import { tellPhase } from './progress.mjs';

const singles = 10;
/** Of the largest number at once; the longest is what a busy machine needs for a thousand. */
const timeoutMs = 3_600_000;

/** Everything that the bench tells of, one after the other. */
export async function measure({ cloud, meter, profiles }, { sizes, warm, oneRequest }) {
  const fresh = meter.memory();
  const boots = new Boots(cloud, oneRequest);
  tellPhase(`warming up: ${warm} servers`);
  await boots.remove(await boots.boot(warm));
  const bySize = [];
  for (const size of sizes) {
    tellPhase(`booting ${size} at once`);
    let ids;
    const work = async () => {
      ids = await boots.boot(size);
    };
    const isLast = size === sizes.at(-1);
    const together = await meter.over(
      size,
      isLast && profiles ? () => profiles.over(meter.processes, work) : work,
    );
    tellPhase(`deleting ${size} at once`);
    bySize.push({ size, together, deletes: await meter.over(size, () => boots.remove(ids)) });
  }
  const { size: nodes, together, deletes } = bySize.at(-1);
  tellPhase(`booting and deleting ${singles}, one by one`);
  const one = await meter.over(singles, async () => {
    for (let n = 0; n < singles; n += 1) {
      await boots.remove(await boots.boot(1));
    }
  });
  const rack = (await cloud.database.prisma.node.findMany({ select: { uuid: true } })).map(
    ({ uuid }) => uuid,
  );
  tellPhase(`switching ${rack.length} nodes on and off`);
  const on = await meter.over(rack.length, () => switchPower(cloud, rack, 'on'));
  const off = await meter.over(rack.length, () => switchPower(cloud, rack, 'off'));
  tellPhase('asking for nothing');
  const idle = await meter.idle();
  tellPhase('starting each service alone');
  const ready = await secondsToReady(cloud);
  return { nodes, together, deletes, one, on, off, idle, bySize, fresh, ready };
}

class Boots {
  constructor(cloud, oneRequest) {
    this.cloud = cloud;
    this.oneRequest = oneRequest;
  }

  /** Resolves when all are ACTIVE; throws when one is not. */
  async boot(count) {
    const ids = this.oneRequest
      ? await this.cloud.buildTogether(count)
      : await Promise.all(Array.from({ length: count }, () => this.cloud.build()));
    const servers = await this.cloud.allBuilt(ids, timeoutMs);
    const failed = servers.filter(({ vmState }) => vmState !== 'active');
    if (failed.length > 0) {
      throw new Error(`${failed.length} of ${count} servers: ${failed[0].fault?.message}`);
    }
    return ids;
  }

  async remove(ids) {
    await Promise.all(ids.map((id) => this.cloud.delete(id)));
    await this.cloud.allDeleted(ids, timeoutMs);
  }
}

/** From the requests to the api until each command has ended and told so. */
async function switchPower(cloud, nodes, target) {
  const { prisma } = cloud.database;
  const before = await prisma.powerCommand.count();
  for (const node of nodes) {
    const path = `/nodes/${node}/power`;
    await cloud.session.request({ api: 'metalcast', method: 'POST', path, body: { target } });
  }
  for (;;) {
    const ended = await prisma.powerCommand.count({ where: { finishedAt: { not: null } } });
    if (ended >= before + nodes.length && (await prisma.outbox.count()) === 0) return;
    await pause(20);
  }
}

/** Each service is stopped and started again, alone. */
async function secondsToReady(cloud) {
  const seconds = {};
  for (const name of serviceNames) {
    await cloud.stop(name);
    const begun = performance.now();
    await cloud.restart(name);
    seconds[name] = (performance.now() - begun) / 1000;
  }
  return seconds;
}
