import { readdirSync, readFileSync } from 'node:fs';

const everyMs = 50;

/** Every command line on this machine that lived long enough to be seen in /proc. */
export class CommandLines {
  readonly #seen = new Set<string>();
  #known = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      this.look();
    }, everyMs);
  }

  text(): string {
    return [...this.#seen].join('\n');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A new process is read twice, because it may not have executed its program yet at the first reading. */
  private look(): void {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      if (!this.#known.has(`${pid} again`)) {
        this.#seen.add(commandLine(pid));
      }
    }
    this.#known = new Set(
      pids.flatMap((pid) => (this.#known.has(pid) ? [pid, `${pid} again`] : [pid])),
    );
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
