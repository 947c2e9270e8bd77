export interface TransferSettings {
  /** Bytes of a data packet (RFC 2348). */
  readonly blockSize: number;
  /** Packets sent before the server waits for an acknowledgement (RFC 7440). */
  readonly windowSize: number;
  /** Time until unacknowledged packets are sent again (RFC 2349). */
  readonly timeoutMs: number;
}

export interface Negotiated {
  readonly settings: TransferSettings;
  /** The options that the answer names. Empty: the client sent no known option, and gets data at once. */
  readonly accepted: ReadonlyMap<string, number>;
}

const defaults: TransferSettings = { blockSize: 512, windowSize: 1, timeoutMs: 1000 };
/**
 * A packet of this size fits into an Ethernet frame. A larger one is sent in fragments, and one lost fragment loses it
 * all.
 */
const largestBlock = 1468;
const largestWindow = 32;
const smallestBlock = 8;
/** RFC 2349 allows longer ones, but then a client that has gone would keep its slot for long. */
const longestTimeout = 10;

/** Accepts the client's options within the server's limits; unknown options are left out of the answer (RFC 2347). */
export function negotiate(options: ReadonlyMap<string, string>, size: number): Negotiated {
  const blockSize = capped(options.get('blksize'), smallestBlock, largestBlock);
  const windowSize = capped(options.get('windowsize'), 1, largestWindow);
  const timeout = capped(options.get('timeout'), 1, longestTimeout);
  const accepted = new Map<string, number>();
  const accept = (name: string, value: number | undefined): void => {
    if (value !== undefined) {
      accepted.set(name, value);
    }
  };
  accept('blksize', blockSize);
  accept('windowsize', windowSize);
  // The client's timeout can only be accepted unchanged or not at all. The answer to any tsize is the file's size.
  accept('timeout', options.get('timeout') === String(timeout) ? timeout : undefined);
  accept('tsize', options.has('tsize') ? size : undefined);
  const timeoutMs = accepted.has('timeout') ? (timeout ?? 1) * 1000 : defaults.timeoutMs;
  return {
    settings: {
      blockSize: blockSize ?? defaults.blockSize,
      windowSize: windowSize ?? defaults.windowSize,
      timeoutMs,
    },
    accepted,
  };
}

/** The number, at most `most`; undefined when the client sent none, or one below the option's range. */
function capped(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text) || Number(text) < least) {
    return undefined;
  }
  return Math.min(Number(text), most);
}
