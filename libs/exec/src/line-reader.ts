/** Reports lines, also those of a progress display that end in a carriage return. */
export class LineReader {
  private rest = '';
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly onLine: (line: string) => void,
    /** Characters of a line that are reported. */
    private readonly longest: number,
  ) {}

  add(chunk: Uint8Array): void {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
    this.rest = (lines.pop() ?? '').slice(0, this.longest);
    lines.forEach((line) => {
      this.report(line);
    });
  }

  end(): void {
    this.report(this.rest);
  }

  private report(line: string): void {
    if (line !== '') {
      this.onLine(line.slice(0, this.longest));
    }
  }
}
