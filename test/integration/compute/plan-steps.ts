import type { Plan } from '../../../services/compute/src/engine/plan.js';
import type { Step } from '../../../services/compute/src/engine/step.js';

/** The plan with each of its steps, undos included, changed. */
export const mapSteps = (plan: Plan, change: (step: Step) => Step): Plan => ({
  ...plan,
  ...(plan.revoke === undefined ? {} : { revoke: change(plan.revoke) }),
  stages: plan.stages.map(({ step, undo }) => ({
    step: change(step),
    undo: undo === 'nothing' ? undo : change(undo),
  })),
});
