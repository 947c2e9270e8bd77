import { firstSign, firstSignProperty, imageSnapshot, type FirstSign } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { done, failed, waiting, type Step, type Turn } from '../engine/step.js';
import { signEvents } from '../first-sign.js';
import { instanceOf, newestEvent, nodeOf } from './rows.js';

/** Waits for the installed system's first sign of life, if its image promises one. */
export const awaitFirstBoot: Step = {
  name: 'awaitFirstBoot',
  awaits: 'first sign of life',
  wokenBy: Object.values(signEvents),
  limitMs: ({ firstSignTimeoutMs }) => firstSignTimeoutMs,
  async check(turn) {
    const sign = promisedSign(turn);
    if (sign === undefined) {
      return done;
    }
    return (await newestEvent(turn, [signEvents[sign]])) === undefined ? waiting : done;
  },
  overdue: (turn) => {
    const details = { node: nodeOf(turn).uuid, sign: promisedSign(turn) ?? null };
    return Promise.resolve(
      failed(new Fault('FIRST_BOOT_SILENT', details).toRecord('awaitFirstBoot')),
    );
  },
};

function promisedSign(turn: Turn): FirstSign | undefined {
  const { properties } = imageSnapshot.parse(instanceOf(turn).image);
  return firstSign.safeParse(properties[firstSignProperty]).data;
}
