/** Where the transport tells what it does; pino fits. Nothing given to it holds a secret or a message's body. */
export interface RpcLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For tests and short programs that have nothing to tell. */
export const silentLogger: RpcLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
