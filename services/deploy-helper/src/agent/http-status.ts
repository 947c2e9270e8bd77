import type { Fault, FaultCode } from '@metalcast/domain';

/** Statuses of this protocol. 409: ask again what to do. Any other 4xx: give up. 5xx: ask another helper. */
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
