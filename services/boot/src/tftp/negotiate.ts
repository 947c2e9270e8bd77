export interface TransferSettings {
  /** Bytes of a data packet (RFC 2348). */
  readonly blockSize: number;
  /** Packets sent before an acknowledgement is waited for (RFC 7440). */
  readonly windowSize: number;
  /** Before what was not acknowledged is sent again (RFC 2349). */
  readonly timeoutMs: number;
}

export interface Negotiated {
  readonly settings: TransferSettings;
  /** What the client is told of its options; empty: it gave none that we know, and gets data at once. */
  readonly accepted: ReadonlyMap<string, number>;
}

const defaults: TransferSettings = { blockSize: 512, windowSize: 1, timeoutMs: 1000 };
/** A packet of this much data fits into an Ethernet frame: a lost fragment would cost the whole of a larger one. */
const largestBlock = 1468;
const largestWindow = 32;
const smallestBlock = 8;
/** Longer ones, which RFC 2349 allows, would let a client that has gone keep its place for long. */
const longestTimeout = 10;

/** Takes the client's options as far as we want to; ones we do not know are left out of the answer (RFC 2347). */
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
  // The client's timeout must be taken as it is or not at all; a server's size is told for any tsize.
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

/** The number, at most `most`; undefined when the client asks for none, or for less than the option allows. */
function capped(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text) || Number(text) < least) {
    return undefined;
  }
  return Math.min(Number(text), most);
}
