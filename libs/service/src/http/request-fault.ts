import { isDatabaseAway } from '@metalcast/db';
import { Fault, type FaultCode, ownValue } from '@metalcast/domain';

/** Fastify's own errors about a request, as faults. */
const complaints: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA',
};

interface Complaint {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
}

/** The error of a request's handler as a fault; undefined when it is a bug of ours. */
export function requestFault(error: unknown): Fault | undefined {
  if (error instanceof Fault) {
    return error;
  }
  if (isDatabaseAway(error)) {
    const reason = 'The database does not answer, or takes nothing at the moment; try again.';
    return new Fault('UNAVAILABLE', { reason }, { cause: error });
  }
  const { code = '', statusCode = 500, message } = error as Complaint;
  return statusCode >= 400 && statusCode < 500
    ? new Fault(ownValue(complaints, code) ?? 'BAD_REQUEST', { reason: message })
    : undefined;
}
