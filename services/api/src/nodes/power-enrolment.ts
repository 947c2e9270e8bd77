import { powerEnrolmentProblems } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

interface PowerColumns {
  readonly powerDriver?: string | undefined;
  readonly pmAddress?: string | null | undefined;
  readonly pmUser?: string | null | undefined;
  readonly pmSecret?: string | null | undefined;
  readonly pmOptions?: unknown;
}

/** Fault BAD_REQUEST when the power of a node enrolled like this could not be controlled. */
export function checkPower(columns: PowerColumns): void {
  const problems = powerEnrolmentProblems({
    driver: columns.powerDriver ?? 'ipmi',
    address: columns.pmAddress ?? null,
    user: columns.pmUser ?? null,
    hasPassword: columns.pmSecret !== null && columns.pmSecret !== undefined,
    options: columns.pmOptions ?? {},
  });
  if (problems.length > 0) {
    throw new Fault('BAD_REQUEST', {
      reason: `The node cannot be powered: ${problems.join('; ')}.`,
    });
  }
}
