import { openSession, type Session } from '@metalcast/cloud-client';
import type { Call, Run } from '../../action.js';
import { enrolNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import type { Result } from '../../result.js';
import { enrolFile } from './create-from-file.js';
import { enrolmentOf } from '../../enrolment/enrolment.js';

/** `metalcast node create`: the machine with all its NICs, or nothing; with `--from` each machine of the file. */
export const nodeCreate: Run = async (call) => {
  const { from } = call.options;
  const enrolment = enrolmentOf(call.options);
  if (typeof from === 'string') {
    refuseOwn(call.options);
    return enrolFile(from, enrolment, () => openSession(account(call)));
  }
  requireOwn(call.options);
  return enrolOne(await openSession(account(call)), enrolment);
};

async function enrolOne(session: Session, enrolment: object): Promise<Result> {
  const node = await enrolNode(session, enrolment);
  return { text: `enrolled node ${node.uuid}`, data: node };
}

const required = { cpus: '--cpus', memoryMb: '--memory-mb', localGb: '--local-gb', mac: '--mac' };

function requireOwn(options: Call['options']): void {
  const missing = Object.entries(required).filter(([option]) => options[option] === undefined);
  if (missing.length > 0) {
    const flags = missing.map(([, flag]) => flag).join(', ');
    throw usageFailure(`A machine needs ${flags}; or name a file of machines with --from.`);
  }
}

/** What no two machines have cannot hold for all of a file. */
function refuseOwn(options: Call['options']): void {
  const own = { uuid: '--uuid', name: '--name', mac: '--mac', pmAddress: '--pm-address' };
  const said = Object.entries(own).find(([option]) => options[option] !== undefined);
  if (said !== undefined) {
    throw usageFailure(`${said[1]} is of one machine: with --from the file says it of each.`);
  }
}
