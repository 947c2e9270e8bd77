/** What has arrived at a server: a request, or a call that makes no sense. */
import type { RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { BadMessage } from '../wire/bad-message.js';
import { callerOf, type Caller } from '../wire/caller.js';
import { contextFromWire } from '../wire/context.js';
import { open, requireVersion } from '../wire/envelope.js';
import { parseRequest, type Request } from '../wire/request.js';

export type Incoming =
  | {
      readonly request: Request;
      readonly ctx: RequestContext;
      /** Undefined: a cast. */
      readonly caller: Caller | undefined;
    }
  /** Somebody waits for the answer. */
  | { readonly refusal: Fault; readonly caller: Caller };

/** Throws BadMessage when nobody can be answered. */
export function readIncoming(content: Uint8Array, maxBytes: number): Incoming {
  const { message, version } = open(content, maxBytes);
  const caller = callerOf(message);
  try {
    requireVersion(version);
    return { request: parseRequest(message), ctx: contextFromWire(message), caller };
  } catch (error) {
    if (caller === undefined || !(error instanceof BadMessage)) throw error;
    return { refusal: new Fault('BAD_REQUEST', { reason: error.message }), caller };
  }
}
