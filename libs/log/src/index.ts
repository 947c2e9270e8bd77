export { createLogger, type Logger, type LogLevel } from './logger.js';
export { logContext, withLogContext, type LogContext } from './request-context.js';
export {
  watchUnhandled,
  type Unhandled,
  type UnhandledCounts,
  type UnhandledOptions,
} from './unhandled.js';
