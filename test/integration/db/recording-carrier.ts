import type { MessageCarrier, MessageWrite, WrittenStream } from '@metalcast/db';

/** Writes down what a process commits, in place of publishing it. */
export class RecordingCarrier implements MessageCarrier {
  readonly committed: (readonly WrittenStream[] | undefined)[] = [];
  readonly kicked: (readonly string[])[] = [];

  begin(): Promise<MessageWrite> {
    return Promise.resolve({
      owner: 'recording',
      committed: (streams) => this.committed.push(streams),
      failed: () => undefined,
    });
  }

  kick(aggregates: readonly string[]): void {
    this.kicked.push(aggregates);
  }
}
