import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@metalcast/testing';

const script = fileURLToPath(new URL('owner-main.mjs', import.meta.url));

interface Said {
  readonly publishing?: string;
  readonly confirmed?: string;
  readonly written?: number;
}

/** A process of its own that writes to the outbox and publishes: to be killed and paused. */
export class OwnerProcess {
  private readonly child;
  private readonly said: Said[] = [];

  constructor(url: string) {
    this.child = spawn(process.execPath, [script, url], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.said.push(JSON.parse(line) as Said);
    });
  }

  confirm(confirm: boolean): void {
    this.order({ confirm });
  }

  /** Resolves when it is committed. */
  async emit(subject: string, mark: number): Promise<void> {
    this.order({ emit: subject, mark });
    await waitFor(() => this.said.some(({ written }) => written === mark), {
      timeoutMs: 20_000,
      what: `event ${String(mark)} to be written`,
    });
  }

  /** Bodies in the order in which the broker was given them. */
  get published(): string[] {
    return this.said.flatMap(({ publishing }) => publishing ?? []);
  }

  get confirmed(): string[] {
    return this.said.flatMap(({ confirmed }) => confirmed ?? []);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await ended;
    }
  }

  private order(order: object): void {
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
  }
}
