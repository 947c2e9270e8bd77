/** What is kept of each of a child's two outputs. */
export interface OutputLimit {
  readonly keepBytes: number;
  /** What happens when more arrives: the oldest output is dropped, or the child's group is killed. */
  readonly beyond: 'drop' | 'kill';
}

export const defaultOutputLimit: OutputLimit = { keepBytes: 64 * 1024, beyond: 'drop' };

/** The end of an output: errors come last. A program that floods its output costs no memory. */
export class KeptOutput {
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private dropped = false;

  constructor(private readonly keepBytes: number) {}

  get overflowed(): boolean {
    return this.dropped || this.bytes > this.keepBytes;
  }

  add(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    // Joined at twice the limit only, so that small chunks are not copied again and again.
    if (this.bytes > 2 * this.keepBytes) {
      this.chunks = [this.end()];
      this.bytes = this.keepBytes;
      this.dropped = true;
    }
  }

  text(): string {
    return this.end().toString();
  }

  private end(): Buffer {
    const whole = Buffer.concat(this.chunks);
    return whole.subarray(Math.max(0, whole.length - this.keepBytes));
  }
}
