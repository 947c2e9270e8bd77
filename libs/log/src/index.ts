export { createLogger, type Logger, type LogLevel } from './logger.js';
export { logContext, withLogContext, type LogContext } from './request-context.js';
