import {
  firstSign,
  firstSignProperty,
  imageSnapshot,
  nodeEvents,
  type FirstSign,
} from '@metalcast/contracts';
import { bootOf } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { done, failed, waiting, type Step, type Turn } from '../engine/step.js';
import { instanceOf, nodeOf } from './rows.js';

/** Waits for the installed system's first sign of life, if its image promises one. */
export const awaitFirstBoot: Step = {
  name: 'awaitFirstBoot',
  awaits: 'first sign of life',
  wokenBy: [nodeEvents.bootLocalDhcp.type, nodeEvents.bootLocalPhoneHome.type],
  limitMs: ({ firstSignTimeoutMs }) => firstSignTimeoutMs,
  async check(turn) {
    const sign = promisedSign(turn);
    if (sign === undefined) {
      return done;
    }
    const boot = await bootOf(turn.sql, nodeOf(turn));
    const given = (sign === 'dhcp' ? boot?.localDhcpAt : boot?.phoneHomeAt) ?? null;
    return given === null ? waiting : done;
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
