import type { RequestContext } from '@metalcast/contracts';
import { newRequestId, ownValue } from '@metalcast/domain';
import { BadMessage } from './bad-message.js';

const prefix = '_context_';
/** Limited, because the values go into rows and into every line of the log. */
const longest = 255;

/** The context as flat `_context_*` keys. RequestContext has no field for a token, so none can be sent. */
export function contextToWire(ctx: RequestContext): Record<string, unknown> {
  return {
    [`${prefix}request_id`]: ctx.requestId,
    [`${prefix}user_id`]: ctx.userId ?? null,
    [`${prefix}project_id`]: ctx.projectId ?? null,
    [`${prefix}is_admin`]: ctx.isAdmin ?? false,
  };
}

/**
 * The caller's context from a peer's message. Only these four keys are read; a missing request id is generated. Throws
 * BadMessage.
 */
export function contextFromWire(message: Readonly<Record<string, unknown>>): RequestContext {
  const text = (key: string) => {
    const value = ownValue(message, prefix + key);
    if (typeof value !== 'string' || value === '') return undefined;
    if (value.length > longest) throw new BadMessage(`${key} is longer than ${longest}`);
    return value;
  };
  const userId = text('user_id') ?? text('user');
  const projectId = text('project_id') ?? text('tenant');
  const messageId = message['_unique_id'];
  return {
    requestId: text('request_id') ?? newRequestId(),
    ...(userId === undefined ? {} : { userId }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(message[`${prefix}is_admin`] === true ? { isAdmin: true } : {}),
    ...(typeof messageId === 'string' ? { messageId } : {}),
  };
}
