import type { Outgoing, WrittenStream } from './outbox.js';

/** One write of messages, from before it to its outcome: exactly one of the two is called. */
export interface MessageWrite {
  /** Who publishes what it writes to streams where nothing waits. */
  readonly owner: string;
  /** It is committed. `streams`: those it wrote to; undefined when that is not known. */
  committed(streams: readonly WrittenStream[] | undefined): void;
  failed(how: { readonly perhapsCommitted: boolean }): void;
}

/** Publishes what a process writes to the outbox. */
export interface MessageCarrier {
  begin(out: Outgoing): Promise<MessageWrite>;
}

/** Of a process that does not publish: others find its messages. */
export const noCarrier: MessageCarrier = {
  begin: ({ owner }) =>
    Promise.resolve({ owner, committed: () => undefined, failed: () => undefined }),
};
