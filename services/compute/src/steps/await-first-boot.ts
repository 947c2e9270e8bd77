import { Fault } from '@metalcast/domain';
import { promisedSign } from '../engine/waits/conditions.js';
import { failed } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';

/** Waits for the installed system's first sign of life, if its image promises one. */
export const awaitFirstBoot: Step = {
  name: 'awaitFirstBoot',
  awaits: {
    condition: 'first sign of life',
    limitMs: ({ firstSignTimeoutMs }) => firstSignTimeoutMs,
    onOverdue: (turn) => {
      const details = { node: turn.requireNode().uuid, sign: promisedSign(turn) ?? null };
      return failed(new Fault('FIRST_BOOT_SILENT', details).toRecord('awaitFirstBoot'));
    },
  },
};
