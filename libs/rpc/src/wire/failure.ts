/** Errors across the wire: oslo.messaging's failure JSON. */
import { z } from 'zod';
import { Fault, isFaultCode } from '@metalcast/domain';
import { readJson } from './json.js';

const faultModule = 'metalcast.fault';
const dispatcherModule = 'oslo_messaging.rpc.dispatcher';

/** A failure of a peer that has no code of ours: opaque, not for deciding upon. */
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

/** A fault keeps its code and details, in `kwargs`; to a peer of another kind it is a normal failure. No stack crosses. */
export function failureToWire(error: Fault | RemoteError): string {
  const { message } = error;
  const wire =
    error instanceof Fault
      ? {
          class: 'Fault',
          module: faultModule,
          kwargs: { code: error.code, details: error.details, evidence: error.evidence },
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

/** Only known codes become a Fault again; all else is a RemoteError. */
export function failureFromWire(text: string): Fault | RemoteError {
  const failure = failureSchema.safeParse(parseJson(text));
  if (!failure.success) return new RemoteError('Exception', 'unknown', 'unreadable failure');
  const { class: remoteClass, module, message, kwargs } = failure.data;
  const fault = faultSchema.safeParse(kwargs);
  if (module === faultModule && fault.success && isFaultCode(fault.data.code)) {
    const { code, details, evidence } = fault.data;
    return new Fault(code, details, { message, evidence });
  }
  return new RemoteError(remoteClass, module, message);
}

function parseJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
