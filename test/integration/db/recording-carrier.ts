import type { MessageCarrier, MessageWrite, WrittenStream } from '@metalcast/db';

/** Writes down what a process commits, in place of publishing it. */
export class RecordingCarrier implements MessageCarrier {
  readonly committed: (readonly WrittenStream[] | undefined)[] = [];

  /** The aggregates of each write that has written messages. */
  get told(): string[][] {
    const written = this.committed.map((streams = []) => streams.map(({ aggregate }) => aggregate));
    return written.filter((aggregates) => aggregates.length > 0).map((each) => each.sort());
  }

  begin(): Promise<MessageWrite> {
    return Promise.resolve({
      owner: 'recording',
      committed: (streams) => this.committed.push(streams),
      failed: () => undefined,
    });
  }
}
