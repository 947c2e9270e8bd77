import { ownValue } from '../objects/own-value.js';
import { faults, type FaultCode, type Retryable } from './faults.js';

export type FaultDetails = Readonly<Record<string, string | number | boolean | null>>;

/** The message of the table with its placeholders filled; a placeholder without a detail becomes `?`. */
export const faultMessage = (code: FaultCode, details: FaultDetails): string =>
  filled(faults[code].message, details, '?');

/** The message for those who do not run the cloud: it names no machine, BMC or host. */
export const toldMessage = (code: FaultCode, details: FaultDetails): string => {
  const row = faults[code];
  return filled('told' in row ? row.told : 'The cloud could not do this.', details, '').trimEnd();
};

const filled = (template: string, details: FaultDetails, absent: string): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(ownValue(details, name) ?? absent));

/** A failure as stored in a row and sent in events. Never contains a secret. */
export interface FaultRecord {
  readonly code: FaultCode;
  readonly message: string;
  readonly details: FaultDetails;
  /** Step or phase in which it happened. */
  readonly phase?: string;
  /** Evidence: last kernel lines, the BMC's answer, per-node summaries. */
  readonly evidence?: readonly string[];
  readonly retryable: Retryable;
  readonly at?: string;
}

/** The one error class for failures that a caller can act on. Any other error is a bug. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly details: FaultDetails;
  readonly evidence: readonly string[];

  constructor(
    code: FaultCode,
    details: FaultDetails = {},
    options: { cause?: unknown; evidence?: readonly string[]; message?: string } = {},
  ) {
    super(options.message ?? faultMessage(code, details), { cause: options.cause });
    this.code = code;
    this.details = details;
    this.evidence = options.evidence ?? [];
  }

  get retryable(): Retryable {
    return faults[this.code].retryable;
  }

  toRecord(phase?: string): FaultRecord {
    return {
      code: this.code,
      message: this.message,
      details: this.details,
      ...(phase === undefined ? {} : { phase }),
      ...(this.evidence.length === 0 ? {} : { evidence: this.evidence }),
      retryable: this.retryable,
    };
  }
}
