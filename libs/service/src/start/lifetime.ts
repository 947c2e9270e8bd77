import type { Logger } from '@metalcast/log';
import type { Running } from './context.js';

/** Ends the process once: at once before the service has begun, then in order and within a time limit. */
export class Lifetime {
  private service: Running | undefined;
  private isEnding = false;

  constructor(
    private readonly withinMs: number,
    private readonly logger: Logger,
  ) {}

  get ending(): boolean {
    return this.isEnding;
  }

  /** Without it a signal does nothing to process 1 of a container. */
  endBySignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.end({ signal }, 0);
      });
    }
  }

  /** From now on the end closes the service in order. */
  began(service: Running): void {
    this.service = service;
  }

  end(reason: { signal: NodeJS.Signals } | { why: string }, exitCode: number): void {
    if (this.isEnding) {
      return;
    }
    this.isEnding = true;
    const { logger, withinMs, service } = this;
    if (exitCode === 0) {
      logger.info(reason, 'stopping');
    } else {
      logger.error({ ...reason, exitCode }, 'stopping because the state may be unsound');
    }
    if (service === undefined) {
      process.exit(exitCode);
    }
    const cutOff = setTimeout(() => {
      logger.error({ withinMs }, 'did not stop in time');
      process.exit(exitCode || 1);
    }, withinMs);
    cutOff.unref();
    service.close().then(
      () => {
        logger.info({}, 'stopped');
        process.exit(exitCode);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stopped badly');
        process.exit(exitCode || 1);
      },
    );
  }
}
