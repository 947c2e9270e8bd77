// Every fault at every step and every undo of a plan, all derived from the plan itself.
import { dueOperations } from '@metalcast/db/compute';
import {
  deploymentState,
  Fault,
  operations,
  powerCommandState,
  type OperationKind,
} from '@metalcast/domain';
import { describe, expect, test } from 'vitest';
import type { ConditionName } from '../../../services/compute/src/engine/waits/conditions.js';
import { undosOf, type Plan } from '../../../services/compute/src/engine/plan.js';
import type { Step } from '../../../services/compute/src/engine/step.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { Killed, type Hook, type HookedWorld, type Moment } from './hooked-world.js';
import { endWell, journal, leftBy, powerAskedOf } from './subject-end.js';
import { Bug, claims, isAt, Subject, unasked, waitsAt, type Place } from './subject.js';

/** Worlds in which a build may be tried so often. */
export interface Worlds {
  readonly one: () => HookedWorld;
  readonly two: () => HookedWorld;
}

interface StepPlace extends Place {
  readonly declared: Step;
}

const nameOf = ({ step, undo }: Place): string => (undo ? `undo ${step}` : step);

/** Proves of each step and each undo of the plan what `step.ts` and `plan.ts` promise. */
export function everyStepOf(kind: OperationKind, plan: Plan, worlds: Worlds): void {
  const last = plan.stages.at(-1)!.step.name;
  const forward = plan.stages.map(({ step }): StepPlace => ({
    step: step.name,
    undo: false,
    declared: step,
  }));
  const undos = undosOf(plan, last).map((step): StepPlace => ({
    step: step.name,
    undo: true,
    declared: step,
  }));
  // What is never taken back has no undo to come to.
  const back = plan.stages.some(({ undo }) => undo !== 'nothing') ? undos : [];
  const places = [...forward, ...back];
  const waiting = places.filter(({ declared }) => declared.awaits !== undefined);
  const each = (
    list: readonly StepPlace[],
    name: string,
    work: (place: StepPlace) => Promise<void>,
  ): void => {
    for (const place of list) {
      test.concurrent(`${name}: ${nameOf(place)}`, () => work(place));
    }
  };

  /** An operation that comes to the place: to an undo by a failure at the last step. */
  const comingTo = async ({ undo }: Place, world = worlds.one()): Promise<Subject> => {
    const subject = await Subject.of(world, kind);
    if (undo) {
      subject.meet(failing({ step: last, undo: false }, 'before'));
    }
    return subject;
  };

  const references = new Map<boolean, Promise<unknown>>();
  /** What one quiet run leaves. */
  const oneRun = ({ undo }: Place): Promise<unknown> => {
    const run = async (): Promise<unknown> => {
      const subject = await comingTo({ step: last, undo });
      await subject.drive();
      return leftBy(subject);
    };
    const reference = references.get(undo) ?? run();
    references.set(undo, reference);
    return reference;
  };

  /** Nothing that the steps so far had no use for was asked of anybody. */
  const expectQuiet = (subject: Subject, place: Place, isBegun: boolean): void => {
    if (place.undo || !claims(plan)) {
      return;
    }
    const reached = forward.findIndex(({ step }) => step === place.step) + (isBegun ? 1 : 0);
    const awaited = forward.slice(0, reached).map(({ declared }) => declared.awaits?.condition);
    const [node] = subject.nodes;
    const mayAsk = (condition: ConditionName): boolean => awaited.includes(condition);
    if (!mayAsk('power')) {
      expect(powerAskedOf(subject, node!.uuid)).toEqual([]);
    }
    if (!mayAsk('boot')) {
      const prepared = subject.asked.filter(
        ({ method, args }) => method === 'boot.prepare' && args['node'] === node!.uuid,
      );
      expect(prepared).toEqual([]);
    }
  };

  describe(kind, () => {
    test('one run begins every step, a failure at the last one every undo', async () => {
      for (const list of [forward, back]) {
        if (list[0] !== undefined) {
          const subject = await comingTo(list[0]);
          await subject.drive();
          const rows = await journal(subject.world.database.prisma, subject.id);
          const begun = rows.filter(({ undo }) => undo === list[0]!.undo).map(({ step }) => step);
          expect(begun).toEqual(list.map(({ step }) => step));
          await endWell(subject);
        }
      }
    });

    each(
      [forward[0]!, ...back.slice(0, 1)],
      'woken three times at once, each cast delivered twice',
      async (place) => {
        const subject = await comingTo(place);
        await subject.drive({ wakes: 3, deliveries: 2 });
        expect(await leftBy(subject)).toEqual(await oneRun(place));
        await endWell(subject);
      },
    );

    each(
      places,
      'killed before, after, before the commit, and with its answer lost',
      async (place) => {
        const subject = await comingTo(place);
        const deaths = ['before', 'after', 'killed', 'answer lost'];
        subject.meet((turn, step, at) => {
          if (!isHere(turn, step, place)) {
            return;
          }
          if (deaths[0] === at) {
            deaths.shift();
            throw new Killed(at);
          }
          if (at === 'after' && (deaths[0] === 'killed' || deaths[0] === 'answer lost')) {
            subject.hooked.endTurn(deaths[0]);
            deaths.shift();
          }
        });
        await subject.drive();
        expect(deaths).toEqual([]);
        expect(await leftBy(subject)).toEqual(await oneRun(place));
        await endWell(subject);
      },
    );

    each(waiting, 'what is old, too late or of another release moves nothing', async (place) => {
      const subject = await comingTo(place);
      await subject.drive({ until: waitsAt(place) });
      await expectUnmoved(subject, () => recordOld(subject));
      await expectUnmoved(subject, () => Promise.resolve(), operations[kind].version + 1);
      await subject.drive();
      expect(await leftBy(subject)).toEqual(await oneRun(place));
      await expectUnmoved(subject, () => recordOld(subject));
      await endWell(subject);
    });

    const coming = waiting.flatMap((place, nth) => {
      const [comes, before] = [unasked[place.declared.awaits!.condition], waiting[nth - 1]];
      return comes === undefined || before === undefined ? [] : [{ ...place, comes, before }];
    });
    for (const { comes, before, ...place } of coming) {
      test.concurrent(`what it waits for has come before: ${nameOf(place)}`, async () => {
        const subject = await comingTo(place);
        await subject.drive({ until: waitsAt(before) });
        await comes(subject.world, await subject.world.nodeNow(subject.nodes[0]!));
        await subject.drive();
        expect(await leftBy(subject)).toEqual(await oneRun(place));
        await endWell(subject);
      });
    }

    each(waiting, 'overdue', async (place) => {
      const subject = await comingTo(place);
      await subject.drive({ until: waitsAt(place) });
      let operation = await subject.operation();
      for (let tries = 0; tries < 5 && isAt(operation, place); tries += 1) {
        await subject.passTime();
        await subject.drive({ silentAt: place });
        operation = await subject.operation();
      }
      expect(isAt(operation, place)).toBe(false);
      await endWell(subject);
      expectQuiet(subject, place, true);
    });

    for (const { world, tries } of [
      { world: worlds.one, tries: 1 },
      { world: worlds.two, tries: 2 },
    ]) {
      const failures = (at: Moment) => async (place: StepPlace) => {
        const subject = await Subject.of(world(), kind, { nodes: tries });
        const kept = meetFailure(subject, place, at);
        await subject.drive();
        expect(kept.after).toEqual(kept.before);
        // A build that has no node yet has none to go on from.
        const isLast = tries === 1 || (place === forward[0] && at !== 'followed');
        // A deletion is taken up again by itself.
        const ends = operations[kind].on === 'instance' && kind !== 'delete';
        const expected = claims(plan) ? isLast : ends;
        const { state } = await subject.operation();
        expect(state).toBe(expected ? 'failed' : 'succeeded');
        const rows = await journal(subject.world.database.prisma, subject.id);
        const failed = rows
          .filter(({ result }) => result === 'Error')
          .map(({ step, undo }) => ({ step, undo }));
        expect(failed).toEqual([{ step: place.step, undo: false }]);
        await endWell(subject);
        expectQuiet(subject, place, at === 'followed');
      };
      const undoFailures = (at: Moment) => async (place: StepPlace) => {
        const subject = await Subject.of(world(), kind, { nodes: tries });
        subject.meet(failing({ step: last, undo: false }, 'before'));
        const kept = meetFailure(subject, place, at);
        await subject.drive();
        expect(kept.after).toEqual(kept.before);
        expect((await subject.operation()).state).toBe(tries === 1 ? 'failed' : 'succeeded');
        await endWell(subject);
      };
      const isWaiting = ({ declared }: StepPlace): boolean => declared.awaits !== undefined;
      const moments = [
        { at: 'before', when: 'before its effects', of: () => true },
        { at: 'after', when: 'after them', of: () => true },
        { at: 'followed', when: 'after what follows its wait', of: isWaiting },
      ] as const;
      for (const { at, when, of } of moments) {
        each(forward.filter(of), `failed ${when}, try 1 of ${tries}`, failures(at));
        each(back.filter(of), `the undo failed ${when}, try 1 of ${tries}`, undoFailures(at));
      }
    }

    if (operations[kind].on === 'instance' && operations[kind].cancel === 'handover') {
      each(places, 'called off between two turns', async (place) => {
        const subject = await comingTo(place);
        subject.meet((turn, step, at) => {
          if (at === 'before' && isHere(turn, step, place)) {
            throw new Bug('the turn ends before this step');
          }
        });
        await subject.drive({
          until: (operation) => isAt(operation, place) && operation.begunAt === null,
        });
        subject.leave();
        await subject.requestDelete();
        await expectCancelled(subject);
        expectQuiet(subject, place, false);
      });
      const deletion = plans.delete.stages.map(({ step }) => step.name);
      const takeovers = [
        ...waiting.map((place) => ({ place, step: deletion[0]! })),
        ...deletion.slice(1).map((step) => ({ place: waiting.at(-1)!, step })),
      ];
      test.concurrent.each(takeovers)(
        'called off at $place.step (undo: $place.undo), taken over by a deletion that fails at $step',
        async ({ place, step }) => {
          const subject = await comingTo(place);
          await subject.drive({ until: waitsAt(place) });
          await subject.requestDelete(failing({ step, undo: false }, 'before'));
          await subject.drive();
          const { vmState } = await subject.world.instance(subject.instance!.uuid);
          expect(vmState).toBe('deleted');
          await endWell(subject);
        },
      );
      each(waiting, 'called off while it waits', async (place) => {
        const subject = await comingTo(place);
        await subject.drive({ until: waitsAt(place) });
        await subject.requestDelete();
        await expectCancelled(subject);
        expectQuiet(subject, place, true);
      });
    }
  });
}

const isHere = (turn: Parameters<Hook>[0], step: Parameters<Hook>[1], place: Place): boolean =>
  step.name === place.step && turn.operation.undoing === place.undo && turn.operation.attempt === 1;

/** A fault that another node may not have. */
const failing =
  (place: Place, when: Moment): Hook =>
  (turn, step, at) => {
    if (at === when && isHere(turn, step, place)) {
      throw new Fault('WRITE_FAILED', { node: 'here', percent: 0, reason: 'it was told to' });
    }
  };

/** What a turn had changed before a part of a step that fails, and what of it there is when the step has failed. */
interface Kept {
  before?: unknown;
  after?: unknown;
}

/** The step fails at this moment, in the first try. */
function meetFailure(subject: Subject, place: Place, when: Moment): Kept {
  const kept: Kept = {};
  const from = when === 'followed' ? 'met' : 'before';
  subject.meet(async (turn, step, at) => {
    if (isHere(turn, step, place) && at === from) {
      kept.before = await changedBy(turn, subject);
    }
    if (isHere(turn, step, place) && at === 'failed') {
      kept.after = await changedBy(turn, subject);
    }
  });
  subject.meet(failing(place, when));
  return kept;
}

/** All that the turn has changed so far, but for the fault of the step, which its record names. */
async function changedBy(turn: Parameters<Hook>[0], { nodes }: Subject): Promise<unknown> {
  const ids = nodes.map(({ id }) => id);
  const [written] = await turn.sql.$queryRaw<[unknown]>`
    SELECT (SELECT jsonb_agg(p ORDER BY p.id) FROM ports p
             WHERE p.device_id = ${turn.instance?.uuid ?? ''} OR p.reserved_for = ANY (${ids})) AS ports,
           (SELECT jsonb_agg(i ORDER BY i.id) FROM interfaces i WHERE i.node_id = ANY (${ids})) AS interfaces`;
  const { instance, node, operation } = turn;
  return {
    rows: { instance, node, operation: { ...operation, fault: null } },
    messages: turn.out.messages(),
    written,
  };
}

async function expectCancelled(subject: Subject): Promise<void> {
  await subject.drive();
  expect((await subject.operation()).state).toBe('cancelled');
  expect(await subject.world.instance(subject.instance!.uuid)).toMatchObject({
    vmState: 'deleted',
  });
  await endWell(subject);
}

/** Woken in every way by both processes after this, it stays as it is. `plan`: the version that the row then names. */
async function expectUnmoved(
  subject: Subject,
  first: () => Promise<void>,
  plan?: number,
): Promise<void> {
  const { world, id } = subject;
  const { prisma } = world.database;
  await first();
  const asIs = await subject.operation();
  const given =
    plan === undefined
      ? {}
      : { plan, ...(asIs.deadlineAt === null ? {} : { deadlineAt: new Date(0) }) };
  const before = await prisma.operation.update({ where: { id }, data: given });
  const about = subject.subjects.map((uuid) => ({ aggregate: { endsWith: uuid } }));
  const messages = { where: { OR: about } };
  const count = await prisma.outbox.count(messages);
  for (const engine of world.engines) {
    await engine.advance({ operation: id });
    for (const { uuid } of subject.nodes) {
      await engine.advance({ node: uuid });
    }
    if (subject.instance !== undefined) {
      await engine.advance({ instance: subject.instance.uuid });
    }
  }
  expect((await dueOperations(world.database, world.engine.known)).due).not.toContain(id);
  expect(await subject.operation()).toEqual(before);
  expect(await prisma.outbox.count(messages)).toBe(count);
  await prisma.operation.update({
    where: { id },
    data: { plan: asIs.plan, deadlineAt: asIs.deadlineAt },
  });
}

/** All that an operation could wait for, of an epoch that has passed and of another's power command. */
async function recordOld({ world, nodes }: Subject): Promise<void> {
  for (const { id } of nodes) {
    const now = await world.database.prisma.node.findUniqueOrThrow({ where: { id } });
    const node = { ...now, epoch: now.epoch - 1 };
    const fault = new Fault('BOOT_LOOP', { node: node.uuid }).toRecord();
    const mac = '52:54:00:00:00:01';
    await world.emit('bootPrepared', node, { boot_mode: 'deploy' });
    await world.emit('bootPrepared', node, { boot_mode: 'none' });
    await world.emit('bootFailed', node, { fault });
    await world.emit('bootLoop', node, { mac, tries: 4 });
    await world.emit('bootLocalDhcp', node, { mac, address: null });
    await world.hello(node);
    await world.deployments.bring(node, deploymentState.left);
    const asked = { key: `old ${id} ${Math.random()}`, target: 'off' };
    await world.power.bring(node, asked, powerCommandState.succeeded);
  }
}
