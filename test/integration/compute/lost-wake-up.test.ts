// What a step waits for comes while the turn that begins to wait has read and not written yet. No time passes in these
// tests.
import type { EventData } from '@metalcast/contracts';
import type { Node } from '@metalcast/db';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../services/compute/src/engine/advance.js';
import { HookedWorld } from './hooked-world.js';
import { expectNothingLeft } from './subject-end.js';
import { Subject, type SubjectOptions } from './subject.js';
import type { World } from './world.js';

let hooked: HookedWorld;
beforeAll(async () => {
  hooked = await HookedWorld.open();
});
afterAll(() => hooked.world.close());

interface News {
  readonly step: string;
  readonly what: string;
  readonly sign: NonNullable<SubjectOptions['sign']>;
  readonly comes: (world: World, node: Node) => Promise<void>;
}

const address = '10.9.0.10';
const phoneHome = (instance: string): EventData<'bootLocalPhoneHome'> => ({
  instance_uuid: instance,
  address,
});

const news: readonly News[] = [
  {
    step: 'awaitRamdisk',
    what: 'a hello',
    sign: 'dhcp',
    comes: (world, node) => world.hello(node),
  },
  {
    step: 'awaitFirstBoot',
    what: 'a DHCP request of the installed system',
    sign: 'dhcp',
    comes: (world, node) =>
      world.emit('bootLocalDhcp', node, { mac: '52:54:00:00:00:01', address }),
  },
  {
    step: 'awaitFirstBoot',
    what: 'its phone-home',
    sign: 'phone_home',
    comes: (world, node) => world.emit('bootLocalPhoneHome', node, phoneHome(node.instanceUuid!)),
  },
];

const wakes: readonly {
  readonly by: string;
  readonly wake: (subject: Subject, node: Node) => Promise<void>;
}[] = [
  {
    by: 'another process',
    wake: ({ world }, { uuid }) => world.engines[1].advance({ node: uuid }),
  },
  {
    by: 'the same process',
    wake: ({ world }, { uuid }) => world.engines[0].advance({ node: uuid }),
  },
  {
    by: 'the same process, under the same name',
    wake: ({ world, id }) => world.engines[0].advance({ operation: id }),
  },
];

/** The operation's turn stops at the step, its rows read and locked, until it is let go. */
function holdAt(
  subject: Subject,
  name: string,
): { readonly reached: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    subject.meet(async (_turn, step, at) => {
      if (step.name === name && at === 'after') {
        resolve();
        await released;
      }
    });
  });
  return { reached, release };
}

/** The wake has come as far as it can: it waits for the rows, or for the run before it. */
async function hasBegun({ world }: Subject, engine: Engine): Promise<void> {
  if (engine === world.engines[0]) {
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  const waits = (): Promise<true | undefined> =>
    world.database.prisma.$queryRaw<unknown[]>`
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.then(
      ({ length }) => length > 0 || undefined,
    );
  await waitFor(waits, { timeoutMs: 10_000, what: 'the other process to wait for the rows' });
}

describe.each(wakes)(
  '$by is woken between the read and the write of the turn that begins to wait',
  ({ by, wake }) => {
    test.each(news)('$what is not lost', async ({ step, sign, comes }) => {
      const subject = await Subject.of(hooked, 'build', { sign });
      const { world } = subject;
      const { reached, release } = holdAt(subject, step);
      let isOver = false;
      const driving = subject.drive({ until: () => isOver });
      await reached;
      const node = await world.nodeNow(subject.nodes[0]!);
      await comes(world, node);
      const woken = wake(subject, node);
      await hasBegun(subject, world.engines[by === 'another process' ? 1 : 0]);
      isOver = true;
      release();
      await Promise.all([driving, woken]);

      expect(await subject.operation()).not.toMatchObject({ step, state: 'waiting' });
      await subject.drive();
      expect(await subject.operation()).toMatchObject({ state: 'succeeded' });
      await expectNothingLeft(subject);
    });
  },
);
