// What services hold in their heaps when all garbage is collected: no other number tells a leak from a heap that has
// grown by work.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';

export class UsedHeaps {
  private readonly folder = mkdtempSync(join(tmpdir(), 'used-heaps-'));

  /** For Node, before a service's program. */
  get nodeArgument(): string {
    const probe = new URL('./heap-probe.mjs', import.meta.url);
    probe.searchParams.set('folder', this.folder);
    return `--import=${probe.href}`;
  }

  /** MiB; the process has collected its garbage. */
  async of(pid: number): Promise<number> {
    const file = join(this.folder, String(pid));
    process.kill(pid, 'SIGUSR2');
    await waitFor(() => existsSync(file), {
      timeoutMs: 60_000,
      what: `the heap of ${String(pid)}`,
    });
    const bytes = Number(readFileSync(file, 'utf8'));
    rmSync(file);
    return Math.round((10 * bytes) / 1024 ** 2) / 10;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
