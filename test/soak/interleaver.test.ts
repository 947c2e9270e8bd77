// Two compute processes over many operations, woken, answered, cancelled, killed and kept waiting in any order. At the
// end of each round all must be as if nothing had happened. Half an hour, unless told otherwise.
import { setTimeout as pause } from 'node:timers/promises';
import { Fault, operations, type FaultCode, type OperationKind } from '@metalcast/domain';
import { afterAll, beforeAll, test } from 'vitest';
import { isSerializationConflict } from '@metalcast/db';
import type { TurnTarget } from '@metalcast/db/compute';
import { OperationPaused } from '../../services/compute/src/engine/failures/local-pauses.js';
import { HookedWorld, Killed, type Moment } from '../integration/compute/hooked-world.js';
import { endWell, expectNothingLeft } from '../integration/compute/subject-end.js';
import { Bug, Subject, unasked } from '../integration/compute/subject.js';
import { seedOf } from '../integration/hostile/survivor.js';

/** METALCAST_TEST_MINUTES makes it shorter or longer. */
const minutes = Number(process.env['METALCAST_TEST_MINUTES'] ?? 30);
const subjectsPerRound = 8;
const actionsPerSubject = 60;
/** Begun and not ended, at one time. */
const atOnce = 12;
const kinds = Object.keys(operations) as OperationKind[];

let hooked: HookedWorld;
beforeAll(async () => {
  hooked = await HookedWorld.open({ METALCAST_MAX_ATTEMPTS: '2', METALCAST_QUARANTINE_AFTER: '0' });
});
afterAll(() => hooked.world.close());

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Chance {
  private readonly next: () => number;
  constructor(seed: number) {
    this.next = numbersOf(seed);
  }

  of(share: number): boolean {
    return this.next() < share;
  }

  one<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }
}

/** At every eighth moment of a step its process ends, it has a bug or a fault, or its transaction ends badly. */
function beMortal(chance: Chance): void {
  hooked.always = (_turn, _step, at) => {
    if (!chance.of(1 / 8)) {
      return;
    }
    const end = chance.one(['dies', 'bug', 'fault', 'killed', 'answer lost'] as const);
    if (end === 'dies') {
      throw new Killed('at a step');
    }
    if (end === 'bug') {
      throw new Bug('at a step');
    }
    if (end === 'fault') {
      throwFault(at);
      return;
    }
    hooked.endTurn(end);
  };
}

/** What follows a failure has none of its own. */
function throwFault(at: Moment): void {
  if (at !== 'failed') {
    throw new Fault('WRITE_FAILED', { node: 'here', percent: 0, reason: 'it was told to' });
  }
}

type Action = (subject: Subject, chance: Chance) => Promise<void>;

const faultOf =
  (chance: Chance, ...codes: readonly FaultCode[]) =>
  (): FaultCode | 'silent' | undefined =>
    chance.of(1 / 6) ? chance.one([...codes, 'silent' as const]) : undefined;

const wake: Action = async (subject, chance) => {
  const { world, id, nodes, instance } = subject;
  const targets: TurnTarget[] = [
    { operation: id },
    ...nodes.map(({ uuid }) => ({ node: uuid })),
    ...(instance === undefined ? [] : [{ instance: instance.uuid }]),
  ];
  await subject.advance(chance.one(world.engines), chance.one(targets));
};

/** One consumer per subject, so that its casts are known in their order; what it does comes between anything. */
const consumed = new Set<Subject>();

const answer: Action = async (subject, chance) => {
  if (!consumed.has(subject)) {
    consumed.add(subject);
    await consume(subject, chance).finally(() => consumed.delete(subject));
  }
};

const consume: Action = async (subject, chance) => {
  const { world, nodes, subjects, asked } = subject;
  const casts = await world.takeCasts(subjects);
  asked.push(...casts);
  for (const cast of casts) {
    for (let delivery = chance.of(1 / 4) ? 2 : 1; delivery > 0; delivery -= 1) {
      await world.answer(cast, {
        nodes,
        ramdisk: () => 'silent',
        power: faultOf(chance, 'POWER_UNREACHABLE', 'POWER_REFUSED'),
        boot: faultOf(chance, 'UNAVAILABLE'),
        deploy: faultOf(chance, 'WRITE_FAILED', 'IMAGE_MISSING'),
      });
    }
  }
};

const come: Action = async ({ world, nodes }, chance) => {
  const node = await world.nodeNow(chance.one(nodes));
  if (node.bootMode !== 'none') {
    await chance.one(Object.values(unasked))(world, node);
  }
};

const comeLater: Action = async (subject) => {
  for (const { id } of await subject.live()) {
    await subject.world.database.prisma.$executeRaw`
      UPDATE operations SET begun_at = begun_at - interval '1 day',
             deadline_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid AND finished_at IS NULL`;
  }
};

const callOff: Action = async (subject, chance) => {
  if (subject.instance !== undefined && chance.of(1 / 10)) {
    await subject.requestDelete();
  }
};

const actions: readonly Action[] = [wake, wake, wake, answer, answer, come, comeLater, callOff];

/** A statement of the test's own may be the victim of a deadlock; the services try theirs again. */
const isExpected = (error: unknown): boolean =>
  error instanceof Killed ||
  error instanceof Bug ||
  // Woken by a process that is about to die of another wake-up.
  error instanceof OperationPaused ||
  isSerializationConflict(error);

async function disturb(subjects: readonly Subject[], chance: Chance): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const act = async (action: Promise<void>): Promise<void> => {
    try {
      await action;
    } catch (error) {
      if (!isExpected(error)) {
        failures.push(error);
      }
    }
  };
  for (let count = subjects.length * actionsPerSubject; count > 0; count -= 1) {
    const acting = act(chance.one(actions)(chance.one(subjects), chance)).then(() => {
      running.delete(acting);
    });
    running.add(acting);
    if (running.size >= atOnce) {
      await Promise.race(running);
    }
    if (chance.of(1 / 20)) {
      await pause(5);
    }
  }
  await Promise.all(running);
  if (failures.length > 0) {
    throw new AggregateError(failures, failures.map(String).join('\n'));
  }
}

/** What was asked of somebody who said nothing is asked again when its time has come. */
async function comeToRest(subject: Subject): Promise<void> {
  await subject.drive();
  for (let looks = 0; looks < 20 && (await subject.live()).length > 0; looks += 1) {
    for (const { id } of await subject.live()) {
      await subject.world.passDeadline(id);
    }
    await subject.drive();
  }
}

async function leaveNothing(subject: Subject): Promise<void> {
  await comeToRest(subject);
  await endWell(subject);
  if (subject.instance !== undefined) {
    await subject.requestDelete();
    await subject.drive();
    await expectNothingLeft(subject);
  }
}

test('in any order', async () => {
  const until = performance.now() + minutes * 60_000;
  let rounds = 0;
  for (let seed = seedOf('interleaver'); performance.now() < until; seed += 1) {
    const chance = new Chance(seed);
    try {
      const subjects: Subject[] = [];
      while (subjects.length < subjectsPerRound) {
        subjects.push(await Subject.of(hooked, chance.one(kinds), { nodes: 2 }));
      }
      beMortal(chance);
      await disturb(subjects, chance);
      hooked.always = undefined;
      for (const subject of subjects) {
        await leaveNothing(subject);
      }
      hooked.world.notifications.length = 0;
      hooked.hooks.clear();
    } catch (error) {
      throw new Error(`with seed ${seed}, after ${rounds} rounds`, { cause: error });
    }
    rounds += 1;
  }
  process.stdout.write(`${rounds} rounds of ${subjectsPerRound} operations\n`);
});
