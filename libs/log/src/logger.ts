import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { logContext } from './request-context.js';
import { standardOutput } from './standard-output.js';

export type Logger = PinoLogger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Fields that may hold a secret, wherever an object with them is logged. */
const secretFields = [
  'password',
  'pm_password',
  'pmPassword',
  'adminPass',
  'admin_password',
  'token',
  'secret',
  'chap_secret',
  'session',
  'authorization',
  'user_data',
  'x-auth-token',
  'x-subject-token',
];

const redact = {
  paths: secretFields.flatMap((field) =>
    ['', '*.', '*.*.'].map((prefix) =>
      field.includes('-') ? `${prefix.slice(0, -1)}["${field}"]` : `${prefix}${field}`,
    ),
  ),
  censor: '[redacted]',
};

/** One JSON line per entry on standard output; each names the service and the request it belongs to. */
export function createLogger(
  service: string,
  level: LogLevel,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    redact,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => ({ ...logContext() }),
  };
  return pino(options, destination ?? standardOutput());
}
