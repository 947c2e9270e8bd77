import { Fault } from '@metalcast/domain';

/** Why nothing can be done to one thing of a set. */
export interface ItemFault {
  /** As the request names it. */
  readonly key: string;
  readonly fault: Fault;
}

/** At most so many are reported: an answer must not be larger than its request. */
const mostReported = 10;

/**
 * One fault for a set of which nothing was done: of one thing its own, of several a sentence for each, under the code
 * of the first. `action`: what could not be done, as in "cannot be changed".
 */
export function setFault(
  faults: readonly ItemFault[],
  { count, action }: { readonly count: number; readonly action: string },
): Fault {
  const [first] = faults;
  if (first === undefined) {
    throw new Error('a set without a fault has none');
  }
  if (faults.length === 1 && count === 1) {
    return first.fault;
  }
  const reported = faults
    .slice(0, mostReported)
    .map(({ key, fault }) => `${key}: ${fault.message}`);
  const more = faults.length - reported.length;
  const message = [
    `${faults.length} of ${count} nodes cannot be ${action}, so none was.`,
    ...reported,
    ...(more > 0 ? [`And ${more} more.`] : []),
  ].join(' ');
  return new Fault(first.fault.code, first.fault.details, { message, cause: first.fault });
}
