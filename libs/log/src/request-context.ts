import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one request carries. */
export interface LogContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that all it logs, however deep and however late, names the request. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run(context, work);
}

export function logContext(): LogContext | undefined {
  return storage.getStore();
}
