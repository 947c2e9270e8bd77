import { Fault, type FaultCode } from '@metalcast/domain';

/** Statuses of this protocol: 409 says ask again what to do, any other 4xx says give up, 5xx says ask another helper. */
const statuses: Partial<Record<FaultCode, number>> = {
  BAD_REQUEST: 400,
  AGENT_REJECTED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  DISK_MISSING: 422,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};

export const statusOf = ({ code }: Fault): number => statuses[code] ?? 422;

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
  const {
    code = '',
    statusCode = 500,
    message,
  } = error as {
    code?: string;
    statusCode?: number;
    message: string;
  };
  return statusCode >= 400 && statusCode < 500
    ? new Fault(complaints[code] ?? 'BAD_REQUEST', { reason: message })
    : undefined;
}
