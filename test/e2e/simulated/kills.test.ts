import { waitFor } from '@metalcast/testing';
import { serviceNames } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../../services/compute/src/operations/build.js';

const steps = build.stages.map(({ step }) => step.name);
const third = Math.ceil(steps.length / 3);
/** A build loses its service three times, at steps as far apart as possible. */
const waves = steps
  .slice(0, third)
  .map((_, index) => steps.filter((__, place) => place % third === index))
  .map((names) => ({ names, listed: names.join(', ') }));
const deletions: Promise<void>[] = [];
let cloud: Cloud;

/** Nodes for two waves, because the servers of one wave are deleted while those of the next are built. */
beforeAll(async () => {
  cloud = await Cloud.start({ nodes: 2 * serviceNames.length });
});

afterAll(async () => {
  await cloud.close();
});

/** One build per service: each build loses that service at the moment when it reaches a step. */
test.each(waves)('kill -9 of each service when a build comes to $listed', async ({ names }) => {
  const requests = serviceNames.map(() => cloud.build());
  try {
    const built = await Promise.all(
      serviceNames.map(async (service, index) => {
        const id = await requests[index]!;
        for (const step of names) {
          await cloud.stepBegun(id, step);
          // The other builds need the api until their requests are accepted.
          await (service === 'api' ? Promise.all(requests) : undefined);
          await cloud.kill(service);
          await cloud.restart(service);
        }
        const { status } = await cloud.built(id);
        return { service, status };
      }),
    );
    expect(built).toEqual(serviceNames.map((service) => ({ service, status: 'ACTIVE' })));
  } finally {
    deletions.push(...(await Promise.all(requests)).map(deleteAtLast));
  }
});

test('the deleted servers are gone, and every node is free', async () => {
  await Promise.all(deletions);
  const nodes = await cloud.nodes();
  expect(nodes.filter(({ instance_uuid: uuid }) => uuid !== null)).toEqual([]);
  const machines = await cloud.machines.seeAll();
  expect(machines.filter(({ power }) => power !== 'off')).toEqual([]);
});

/** The api may be away at that moment. */
async function deleteAtLast(id: string): Promise<void> {
  const accepted = async (): Promise<true> => {
    await cloud.delete(id);
    return true;
  };
  await waitFor(accepted, { timeoutMs: 60_000, what: `the deletion of ${id} to be accepted` });
  await cloud.deleted(id);
}
