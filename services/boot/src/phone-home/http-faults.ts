import { isDatabaseAway } from '@metalcast/db';
import { Fault, type FaultCode } from '@metalcast/domain';

const statuses: Partial<Record<FaultCode, number>> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  UNAVAILABLE: 503,
};

export const statusOf = ({ code }: Fault): number => statuses[code] ?? 500;

/** The server's own complaints about a request, as faults. */
const complaints: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA',
};

/** What was thrown as a fault; undefined when it is a bug of ours. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) {
    return error;
  }
  if (isDatabaseAway(error)) {
    const reason = 'The database does not answer; try again.';
    return new Fault('UNAVAILABLE', { reason }, { cause: error });
  }
  const { code = '', statusCode = 500, message } = error as Complaint;
  return statusCode >= 400 && statusCode < 500
    ? new Fault(complaints[code] ?? 'BAD_REQUEST', { reason: message })
    : undefined;
}

interface Complaint {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
}
