import type { RequestContext } from '@metalcast/contracts';
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';

/** Runs a handler of Nest to its end: with interceptors its result is an Observable, which may be empty. */
export async function outcomeOf(
  handler: MessageHandler,
  data: unknown,
  ctx: RequestContext,
): Promise<unknown> {
  const result: unknown = await handler(data, ctx);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
