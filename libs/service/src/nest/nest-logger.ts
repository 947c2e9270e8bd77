import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@metalcast/log';

/** Nest's own messages in this log; messages of its start only at level debug. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown, context?: string) => {
      logger.debug({ context }, String(message));
    },
    debug: (message: unknown, context?: string) => {
      logger.debug({ context }, String(message));
    },
    warn: (message: unknown, context?: string) => {
      logger.warn({ context }, String(message));
    },
    error: (message: unknown, stack?: string, context?: string) => {
      logger.error({ context, stack }, String(message));
    },
  };
}

/** Options of a Nest application that logs here and does not exit by itself. */
export function nestQuietly(logger: Logger): { logger: LoggerService; abortOnError: false } {
  return { logger: nestLogger(logger), abortOnError: false };
}
