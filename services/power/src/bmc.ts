import {
  bmcName,
  isPowerDriver,
  powerEnrolmentProblems,
  powerPasswordProblems,
  type PowerEnrolment,
} from '@metalcast/contracts';
import type { Firmware, NodeToRead } from '@metalcast/db/power';
import { Fault } from '@metalcast/domain';
import type { Opener } from '@metalcast/keys';
import { powerDrivers } from './drivers/index.js';
import type { Bmc, PowerDriver, Waits } from './power-driver.js';

export type EnrolledNode = Omit<NodeToRead, 'epoch' | 'powerState' | 'powerFault' | 'powerVersion'>;

export const enrolmentOf = (node: EnrolledNode): PowerEnrolment => ({
  driver: node.powerDriver,
  address: node.pmAddress,
  user: node.pmUser,
  hasPassword: node.pmSecret !== null,
  options: node.pmOptions,
});

/** The key of the BMC in BmcHealth. */
export function healthKey(node: EnrolledNode): string {
  const name = bmcName(enrolmentOf(node));
  return name === '' ? node.uuid : name;
}

export interface BmcUses {
  /** The BMC's address in its canonical form. */
  readonly address: string;
  readonly passwords: Opener;
  readonly suites: Bmc['suites'];
  readonly waits: Waits;
  /** The node's firmware, if known: the request for a boot device depends on it. */
  readonly firmware?: Firmware | undefined;
}

/** The driver of the node's BMC at `uses.address`, with the decrypted password. Fault POWER_MISCONFIGURED. */
export async function openBmc(
  node: EnrolledNode,
  { passwords, ...uses }: BmcUses,
): Promise<PowerDriver> {
  const { powerDriver } = node;
  if (!isPowerDriver(powerDriver)) {
    throw misconfigured(node);
  }
  const password = await passwordOf(node, passwords);
  const problems = powerPasswordProblems(powerDriver, password);
  if (problems.length > 0) {
    throw misconfigured(node, problems.join('; '));
  }
  const bmc = { ...uses, node: node.uuid, user: node.pmUser ?? '', password };
  return powerDrivers[powerDriver](bmc, node.pmOptions);
}

async function passwordOf(node: EnrolledNode, passwords: Opener): Promise<string> {
  if (node.pmSecret === null) {
    return '';
  }
  try {
    return await passwords.open(`nodes.pm_secret:${node.uuid}`, node.pmSecret);
  } catch (cause) {
    if (!(cause instanceof Fault)) {
      throw cause;
    }
    const { reason } = cause.details;
    throw misconfigured(node, `its password cannot be opened: ${String(reason)}`, cause);
  }
}

/** Without `reason` the fault lists everything that the enrolment lacks. */
export const misconfigured = (
  node: EnrolledNode,
  reason = powerEnrolmentProblems(enrolmentOf(node)).join('; '),
  cause?: unknown,
): Fault => new Fault('POWER_MISCONFIGURED', { node: node.uuid, reason }, { cause });
