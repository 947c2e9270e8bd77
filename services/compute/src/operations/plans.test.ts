import { operations, type OperationKind } from '@metalcast/domain';
import { describe, expect, test } from 'vitest';
import { undosOf, type Plan } from '../engine/plan.js';
import type { Step } from '../engine/step.js';
import { plans } from './index.js';

const all = Object.entries(plans) as [OperationKind, Plan][];

const isPower = ({ awaits }: Step): boolean => awaits?.condition === 'power';
const undosIn = ({ stages }: Plan): Step[] =>
  stages.flatMap(({ undo }) => (undo === 'nothing' ? [] : [undo]));

/** Steps that free something that a node in use needs: the undos of any plan, without the power-off. */
const freeing = new Set(
  all
    .flatMap(([, plan]) => undosIn(plan))
    .filter((step) => !isPower(step))
    .map(({ name }) => name),
);

test('what is freed of a node is known from the undos', () => {
  expect([...freeing].sort()).toEqual(['clearBoot', 'releaseNetwork', 'releaseNode']);
});

describe.each(all)('%s', (kind, plan) => {
  const { stages } = plan;
  const firstPower = stages.findIndex(({ step }) => isPower(step));

  test('its steps have names of their own, and so have its undos', () => {
    const steps = stages.map(({ step }) => step.name);
    const undos = undosOf(plan, null).map(({ name }) => name);
    expect(new Set(steps).size).toBe(steps.length);
    expect(new Set(undos).size).toBe(undos.length);
  });

  test('it starts at its first stage', () => {
    expect(operations[kind].starts).toBe(stages[0]?.step.name);
  });

  test('what a stage takes that the node uses, it takes before the first power-on', () => {
    for (const [place, { undo }] of stages.entries()) {
      if (undo !== 'nothing' && !isPower(undo)) {
        expect(place, undo.name).toBeLessThan(firstPower);
      }
    }
  });

  test('undoing from any step, nothing is freed before the power-off', () => {
    for (const { step } of stages.slice(firstPower)) {
      const undos = undosOf(plan, step.name);
      const off = undos.findIndex(isPower);
      const freed = undos.flatMap(({ name }, place) => (freeing.has(name) ? [place] : []));
      expect(freed.filter((place) => place < off || off === -1)).toEqual([]);
    }
  });

  test('a plan that frees without undos switches the power off first', () => {
    const freed = stages.findIndex(({ step }) => freeing.has(step.name));
    expect(freed === -1 || firstPower < freed).toBe(true);
  });

  test('a plan with undos says what follows them', () => {
    expect(undosIn(plan).length > 0).toBe(
      plan.undone !== undefined && plan.undoFailed !== undefined,
    );
  });
});
