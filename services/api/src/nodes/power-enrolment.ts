import {
  bmcEndpoint,
  bmcKey,
  powerEnrolmentProblems,
  powerPasswordProblems,
  type PowerEnrolment,
} from '@metalcast/contracts';
import type { BmcIdentity } from '@metalcast/db/bmc';
import { Fault, isIpAddress } from '@metalcast/domain';

interface PowerColumns {
  readonly powerDriver?: string | undefined;
  readonly pmAddress?: string | null | undefined;
  readonly pmUser?: string | null | undefined;
  readonly pmSecret?: string | null | undefined;
  readonly pmOptions?: unknown;
}

/** What is stored of a BMC, derived from what was given. */
export interface BmcColumns extends BmcIdentity {
  readonly pmAddress: string;
  readonly bmcEndpoints: string[];
}

/**
 * The address of the BMC in its one spelling, and what it is known by. `password`: the new one, if any.
 * Fault BAD_REQUEST when the power of a node enrolled like this could not be controlled.
 */
export function bmcColumns(columns: PowerColumns, password?: string | null): BmcColumns {
  const enrolment: PowerEnrolment = {
    driver: columns.powerDriver ?? 'ipmi',
    address: columns.pmAddress ?? null,
    user: columns.pmUser ?? null,
    hasPassword: columns.pmSecret !== null && columns.pmSecret !== undefined,
    options: columns.pmOptions ?? {},
  };
  const problems = [
    ...powerEnrolmentProblems(enrolment),
    ...powerPasswordProblems(enrolment.driver, password ?? ''),
  ];
  const endpoint = bmcEndpoint(enrolment);
  if (problems.length > 0 || endpoint === undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `The node cannot be powered: ${problems.join('; ')}.`,
    });
  }
  const key = bmcKey(endpoint);
  return {
    pmAddress: endpoint.address,
    bmcKey: key,
    // Only the power service reaches the names of the BMCs' network.
    bmcEndpoints: isIpAddress(endpoint.host) ? [key] : [],
  };
}
