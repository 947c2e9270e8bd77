/** Errors across the wire: oslo.messaging's failure JSON. */
import { z } from 'zod';
import { Fault, isFaultCode, storableText, type FaultDetails } from '@metalcast/domain';
import { readJson } from './json.js';

const faultModule = 'metalcast.fault';
const dispatcherModule = 'oslo_messaging.rpc.dispatcher';

/** A peer's failure without a code of ours: opaque, decide nothing by it. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor(
    readonly remoteClass: string,
    readonly remoteModule: string,
    message: string,
  ) {
    super(message);
  }
}

export const noSuchMethod = (method: string): RemoteError =>
  new RemoteError(
    'NoSuchMethod',
    dispatcherModule,
    `Endpoint does not support RPC method ${method}`,
  );

export const unsupportedVersion = (version: string, method: string): RemoteError =>
  new RemoteError(
    'UnsupportedVersion',
    dispatcherModule,
    `Endpoint does not support RPC version ${version}. Attempted method: ${method}`,
  );

/** A failure may quote a whole request, and JSON makes the text longer. */
const longestText = 4_096;
const mostEvidence = 50;

/** Cuts a text to a length, and to characters that can be stored. */
function brief(text: string): string {
  const cut = text.length > longestText;
  return storableText(cut ? `${text.slice(0, longestText)} … (${text.length} letters)` : text);
}

const briefDetails = (details: FaultDetails): FaultDetails =>
  Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'string' ? brief(value) : value,
    ]),
  );

const briefEvidence = (evidence: readonly string[]): string[] =>
  evidence.slice(0, mostEvidence).map(brief);

/**
 * A fault keeps its code and details, in `kwargs`; other peers read it as a normal failure. No stack is sent, and of
 * long texts only the beginning.
 */
export function failureToWire(error: Fault | RemoteError): string {
  const message = brief(error.message);
  const wire =
    error instanceof Fault
      ? {
          class: 'Fault',
          module: faultModule,
          kwargs: {
            code: error.code,
            details: briefDetails(error.details),
            evidence: briefEvidence(error.evidence),
          },
        }
      : { class: error.remoteClass, module: error.remoteModule, kwargs: {} };
  return JSON.stringify({ ...wire, message, tb: [], args: [message] });
}

const failureSchema = z.object({
  class: z.string().catch('Exception'),
  module: z.string().catch('unknown'),
  message: z.string().catch(''),
  kwargs: z.unknown(),
});

const faultSchema = z.object({
  code: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).catch({}),
  evidence: z.array(z.string()).catch([]),
});

/** Only known codes become a Fault again; every other failure is a RemoteError. */
export function failureFromWire(text: string): Fault | RemoteError {
  const failure = failureSchema.safeParse(parseJson(text));
  if (!failure.success) return new RemoteError('Exception', 'unknown', 'unreadable failure');
  const { class: remoteClass, module, message, kwargs } = failure.data;
  const fault = faultSchema.safeParse(kwargs);
  if (module === faultModule && fault.success && isFaultCode(fault.data.code)) {
    const { code, details, evidence } = fault.data;
    return new Fault(code, briefDetails(details), {
      message: brief(message),
      evidence: briefEvidence(evidence),
    });
  }
  return new RemoteError(brief(remoteClass), brief(module), brief(message));
}

function parseJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
