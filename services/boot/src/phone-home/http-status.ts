import type { Fault, FaultCode } from '@metalcast/domain';

const statuses: Partial<Record<FaultCode, number>> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  UNAVAILABLE: 503,
};

export const statusOf = ({ code }: Fault): number => statuses[code] ?? 500;
