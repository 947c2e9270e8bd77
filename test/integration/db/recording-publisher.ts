import type { OutgoingMessage, Publisher } from '@metalcast/db';

export type Verdict = 'confirmed' | 'returned' | Error;

/** A broker that writes down what it is given and answers as the test says; by default it confirms. */
export class RecordingPublisher implements Publisher {
  readonly published: OutgoingMessage[] = [];
  readonly buried: { readonly message: OutgoingMessage; readonly reason: string }[] = [];
  readonly attempts: OutgoingMessage[] = [];
  judge: (message: OutgoingMessage) => Verdict | Promise<Verdict> = () => 'confirmed';

  async publish(message: OutgoingMessage): Promise<'confirmed' | 'returned'> {
    this.attempts.push(message);
    const verdict = await this.judge(message);
    if (verdict instanceof Error) {
      throw verdict;
    }
    if (verdict === 'confirmed') {
      this.published.push(message);
    }
    return verdict;
  }

  deadLetter(message: OutgoingMessage, reason: string): Promise<void> {
    this.buried.push({ message, reason });
    return Promise.resolve();
  }

  bodies(): string[] {
    return this.published.map(({ body }) => body);
  }
}
