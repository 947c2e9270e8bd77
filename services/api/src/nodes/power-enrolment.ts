import {
  bmcEndpoint,
  bmcKey,
  isPowerDriver,
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

/** What is given of a BMC beside its columns. */
interface Given {
  /** The drivers that the cloud's operator offers. */
  readonly drivers: readonly string[];
  /** The new one, if any. */
  readonly password?: string | null | undefined;
}

/**
 * The address of the BMC in its one spelling, and what it is known by.
 * Fault BAD_REQUEST when the power of a node enrolled like this could not be controlled.
 */
export function bmcColumns(columns: PowerColumns, { drivers, password }: Given): BmcColumns {
  const enrolment: PowerEnrolment = {
    driver: columns.powerDriver ?? 'ipmi',
    address: columns.pmAddress ?? null,
    user: columns.pmUser ?? null,
    hasPassword: columns.pmSecret !== null && columns.pmSecret !== undefined,
    options: columns.pmOptions ?? {},
  };
  const problems = [
    ...notOffered(enrolment.driver, drivers),
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

/** An unknown driver is a problem of the enrolment already. */
const notOffered = (driver: string, drivers: readonly string[]): string[] =>
  isPowerDriver(driver) && !drivers.includes(driver)
    ? [
        `power driver ${driver} is not offered here (option power_drivers of the api), these are: ${drivers.join(', ')}`,
      ]
    : [];
