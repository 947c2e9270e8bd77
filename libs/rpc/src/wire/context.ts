import type { RequestContext } from '@metalcast/contracts';
import { newRequestId } from '@metalcast/domain';

const prefix = '_context_';

/** The context as flat `_context_*` keys. A token has no place in RequestContext, so none can travel. */
export function contextToWire(ctx: RequestContext): Record<string, unknown> {
  return {
    [`${prefix}request_id`]: ctx.requestId,
    [`${prefix}user_id`]: ctx.userId ?? null,
    [`${prefix}project_id`]: ctx.projectId ?? null,
    [`${prefix}is_admin`]: ctx.isAdmin ?? false,
  };
}

/** What a peer says about who asked. Only these four keys are read; a missing request id is made up. */
export function contextFromWire(message: Readonly<Record<string, unknown>>): RequestContext {
  const text = (key: string) => {
    const value = message[prefix + key];
    return typeof value === 'string' && value !== '' ? value : undefined;
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
