import { ownValue } from '@metalcast/domain';
import { openSession, type Session } from '@metalcast/cloud-client';
import type { Call, Run } from '../../action.js';
import { enrolNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import type { Result } from '../../result.js';
import { enrolFile } from './create-from-file.js';
import { enrolmentOf } from '../../enrolment/enrolment.js';

/** `metalcast node create` enrols one machine with all its NICs; with `--from` each machine of a file. */
export const nodeCreate: Run = async (call) => {
  const { from } = call.options;
  const enrolment = enrolmentOf(call.options);
  if (typeof from === 'string') {
    refusePerMachineOptions(call.options);
    return enrolFile(from, enrolment, () => openSession(account(call)));
  }
  requirePerMachineOptions(call.options);
  return enrolOne(await openSession(account(call)), enrolment);
};

async function enrolOne(session: Session, enrolment: object): Promise<Result> {
  const node = await enrolNode(session, enrolment);
  return { text: `enrolled node ${node.uuid}`, data: node };
}

const required = { cpus: '--cpus', memoryMb: '--memory-mb', localGb: '--local-gb', mac: '--mac' };

function requirePerMachineOptions(options: Call['options']): void {
  const missing = Object.entries(required).filter(
    ([option]) => ownValue(options, option) === undefined,
  );
  if (missing.length > 0) {
    const flags = missing.map(([, flag]) => flag).join(', ');
    throw usageFailure(`Missing options: ${flags}. Or give a file of machines with --from.`);
  }
}

/** Options that are unique per machine cannot be defaults for a file. */
function refusePerMachineOptions(options: Call['options']): void {
  const perMachine = { uuid: '--uuid', name: '--name', mac: '--mac', pmAddress: '--pm-address' };
  const found = Object.entries(perMachine).find(
    ([option]) => ownValue(options, option) !== undefined,
  );
  if (found !== undefined) {
    throw usageFailure(`${found[1]} is unique per machine: with --from, set it in the file.`);
  }
}
