import { faultRecord } from '@metalcast/contracts';
import { isFaultCode, toldMessage } from '@metalcast/domain';
import { isAllowed, type Role } from '../policy/policy.js';

interface Reader {
  readonly roles: readonly Role[];
}

/** Whether the caller may read what names machines, hosts and BMCs. */
export const readsDetails = (caller: Reader): boolean =>
  isAllowed('metalcast:fault_details', caller);

/** Older rows, and those of other versions, may lack a part. */
const stored = faultRecord.partial({ details: true, retryable: true });

export interface ToldFault {
  readonly code: string;
  readonly message: string;
}

/**
 * What those who do not run the cloud may read of a stored fault: its code, and a sentence that names no machine, BMC
 * or host. Every fault that they are shown passes through here.
 */
export function toldFault(fault: unknown): ToldFault {
  const { code, details = {} } = stored.safeParse(fault).data ?? { code: 'INTERNAL' };
  return { code, message: isFaultCode(code) ? toldMessage(code, details) : 'It failed.' };
}

/** `toldFault` of a fault that may be none. */
export const toldIfAny = (fault: unknown): ToldFault | null =>
  fault === null || fault === undefined ? null : toldFault(fault);
