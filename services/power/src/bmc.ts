import {
  bmcName,
  isPowerDriver,
  powerEnrolmentProblems,
  type PowerEnrolment,
} from '@metalcast/contracts';
import type { Firmware, NodeToRead, Secrets } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { powerDrivers } from './drivers/index.js';
import type { PowerDriver } from './power-driver.js';

export type EnrolledNode = Pick<
  NodeToRead,
  'uuid' | 'powerDriver' | 'pmAddress' | 'pmUser' | 'pmSecret' | 'pmOptions'
>;

export const enrolmentOf = (node: EnrolledNode): PowerEnrolment => ({
  driver: node.powerDriver,
  address: node.pmAddress,
  user: node.pmUser,
  hasPassword: node.pmSecret !== null,
  options: node.pmOptions,
});

/** Under what its BMC is known for being well or not. */
export function healthKey(node: EnrolledNode): string {
  const name = bmcName(enrolmentOf(node));
  return name === '' ? node.uuid : name;
}

/** The driver of the node's BMC, with its password decrypted. Fault POWER_MISCONFIGURED. */
export function openBmc(node: EnrolledNode, secrets: Secrets, firmware?: Firmware): PowerDriver {
  const problems = powerEnrolmentProblems(enrolmentOf(node));
  if (problems.length > 0 || !isPowerDriver(node.powerDriver)) {
    throw misconfigured(node, problems.join('; '));
  }
  const bmc = {
    node: node.uuid,
    address: node.pmAddress ?? '',
    user: node.pmUser ?? '',
    password: passwordOf(node, secrets),
    firmware,
  };
  return powerDrivers[node.powerDriver](bmc, node.pmOptions);
}

function passwordOf(node: EnrolledNode, secrets: Secrets): string {
  if (node.pmSecret === null) {
    return '';
  }
  try {
    return secrets.decrypt(`nodes.pm_secret:${node.uuid}`, node.pmSecret);
  } catch (cause) {
    throw misconfigured(node, 'its password was stored with another key', cause);
  }
}

const misconfigured = (node: EnrolledNode, reason: string, cause?: unknown): Fault =>
  new Fault('POWER_MISCONFIGURED', { node: node.uuid, reason }, { cause });
