import { firstSign, firstSignProperty, imageSnapshot } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { done, failed, waiting, type Step } from '../engine/step.js';
import { instanceOf, newestEvent, nodeOf } from './rows.js';

const signs = { dhcp: 'boot.local.dhcp' } as const;

/** Waits for the installed system's first sign of life, if its image promises one. */
export const awaitFirstBoot: Step = {
  name: 'awaitFirstBoot',
  awaits: 'first sign of life',
  limitMs: ({ firstSignTimeoutMs }) => firstSignTimeoutMs,
  async check(turn) {
    const { properties } = imageSnapshot.parse(instanceOf(turn).image);
    const promised = firstSign.safeParse(properties[firstSignProperty]);
    if (!promised.success) {
      return done;
    }
    return (await newestEvent(turn, [signs[promised.data]])) === undefined ? waiting : done;
  },
  overdue: (turn) => {
    const { uuid: node } = nodeOf(turn);
    return Promise.resolve(
      failed(new Fault('FIRST_BOOT_SILENT', { node }).toRecord('awaitFirstBoot')),
    );
  },
};
