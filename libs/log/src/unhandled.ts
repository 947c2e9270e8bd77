// The last handler of a process: uncaught errors are logged and counted, and end the process only if its state may be
// unsound (docs/decisions/0011-what-nobody-has-caught.md).
import type { Logger } from './logger.js';

export interface UnhandledCounts {
  /** Rejected promises without a handler. */
  readonly rejections: number;
  /** Exceptions that left a callback of Node's. */
  readonly exceptions: number;
}

export interface Unhandled {
  /** Since the process was started. */
  readonly counts: UnhandledCounts;
}

export interface UnhandledOptions {
  readonly logger: Pick<Logger, 'error'>;
  /** Ends the process in order; called once at most. */
  readonly end: (why: string) => void;
  /** Default 30. */
  readonly mostInMinute?: number;
}

const minuteMs = 60_000;
const defaultMost = 30;

/** Errors of a socket or stream whose other end has gone: its work is over, and nothing else has changed. */
const ofGoneSockets = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTCONN',
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_DGRAM_NOT_CONNECTED',
  'ERR_SOCKET_DGRAM_NOT_RUNNING',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/** Takes both events of the process from now on. */
export function watchUnhandled(options: UnhandledOptions): Unhandled {
  const watch = new Watch(options);
  process.on('unhandledRejection', (reason) => {
    watch.rejection(reason);
  });
  process.on('uncaughtException', (error) => {
    watch.exception(error);
  });
  return watch;
}

/** Exported for its test. */
export class Watch implements Unhandled {
  private rejections = 0;
  private exceptions = 0;
  private ended = false;
  private readonly most: number;
  /** Times of the last ones, monotonic. */
  private recent: number[] = [];

  constructor(private readonly options: UnhandledOptions) {
    this.most = options.mostInMinute ?? defaultMost;
  }

  get counts(): UnhandledCounts {
    return { rejections: this.rejections, exceptions: this.exceptions };
  }

  rejection(reason: unknown): void {
    this.rejections += 1;
    this.tell(reason, 'unhandled rejection');
    this.endInStorm();
  }

  exception(error: unknown): void {
    this.exceptions += 1;
    this.tell(error, 'uncaught exception');
    if (ofGoneSockets.has(codeOf(error) ?? '')) {
      this.endInStorm();
    } else {
      this.end('an exception was thrown outside of any handler');
    }
  }

  private tell(reason: unknown, what: string): void {
    // Of a storm of errors only the first ones are logged.
    if (!this.ended) {
      this.options.logger.error({ ...described(reason), ...this.counts }, what);
    }
  }

  private endInStorm(): void {
    const now = performance.now();
    this.recent = [...this.recent.filter((at) => now - at < minuteMs), now].slice(-this.most);
    if (this.recent.length === this.most) {
      this.end(`${this.most} unhandled errors within a minute`);
    }
  }

  private end(why: string): void {
    if (!this.ended) {
      this.ended = true;
      this.options.end(why);
    }
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Only these fields of the error: others may hold a request with its headers, or a connection's settings. */
function described(reason: unknown): object {
  if (!(reason instanceof Error)) {
    const text = typeof reason === 'string' ? withoutPassword(reason) : undefined;
    return { type: typeof reason, ...(text === undefined ? {} : { reason: text }) };
  }
  const stacks: string[] = [];
  for (let at: unknown = reason; at instanceof Error && stacks.length < mostCauses; at = at.cause) {
    stacks.push(withoutPassword(at.stack ?? `${at.name}: ${at.message}`));
  }
  return { type: reason.name, code: codeOf(reason), stack: stacks.join('\ncaused by: ') };
}

const mostCauses = 5;

/** URLs may contain passwords. */
const withoutPassword = (text: string): string =>
  text.replaceAll(/(\w:\/\/[^\s/:@]*):[^\s/@]*@/g, '$1:[redacted]@');
