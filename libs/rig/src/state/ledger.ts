import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makePassableFolder } from './data-root.js';

const processIdentity = z.object({ pid: z.int(), startTime: z.string(), bootId: z.string() });

const recordedProcess = z.object({
  kind: z.literal('process'),
  label: z.string(),
  identity: processIdentity,
  stopSignal: z.templateLiteral(['SIG', z.string()]).transform((name) => name as NodeJS.Signals),
  graceMs: z.number(),
  /** `removeAll` stops it after the others, because others need it (broker, database, forwarding). */
  ground: z.boolean(),
  /** `removeAll` ends it with SIGKILL, because only its own data could suffer, and that data is removed too. */
  disposable: z.boolean(),
});

const entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mark'), mark: z.string() }),
  recordedProcess,
  z.object({ kind: z.literal('namespace'), name: z.string() }),
  z.object({ kind: z.literal('path'), path: z.string() }),
]);

type Entry = z.infer<typeof entry>;
export type RecordedProcess = z.infer<typeof recordedProcess>;

/**
 * Records what has been created and must be removed later: processes, network namespaces, files. An append-only file in
 * a folder of its own, correct after a crash at any line. Files and namespaces are recorded before their creation.
 * Processes are recorded after it, but their mark identifies them (marked-processes.ts).
 */
export class Ledger {
  private constructor(
    readonly folder: string,
    private readonly entries: Entry[],
    readonly mark: string,
  ) {}

  /** Opens the ledger of `folder`. Creates folder and ledger if they are missing. */
  static open(folder: string): Ledger {
    makePassableFolder(folder);
    const known = Ledger.find(folder);
    if (known !== undefined) {
      return known;
    }
    const ledger = new Ledger(folder, [], randomUUID());
    ledger.append({ kind: 'mark', mark: ledger.mark });
    return ledger;
  }

  static find(folder: string): Ledger | undefined {
    const entries = readEntries(fileIn(folder));
    const mark = entries.find(({ kind }) => kind === 'mark');
    return mark?.kind === 'mark' ? new Ledger(folder, entries, mark.mark) : undefined;
  }

  /** The mark of a process and its children. */
  markOf(label: string): string {
    return `${this.mark}:${label}`;
  }

  recordProcess(recorded: Omit<RecordedProcess, 'kind'>): void {
    this.append({ kind: 'process', ...recorded });
  }

  recordNamespace(name: string): void {
    this.append({ kind: 'namespace', name });
  }

  recordPath(path: string): void {
    this.append({ kind: 'path', path });
  }

  /** The newest process of each label, in the order of first starts. The processes may have ended. */
  processes(): RecordedProcess[] {
    const byLabel = new Map<string, RecordedProcess>();
    for (const each of this.read()) {
      if (each.kind === 'process') {
        byLabel.set(each.label, each);
      }
    }
    return [...byLabel.values()];
  }

  process(label: string): RecordedProcess | undefined {
    return this.processes().find((recorded) => recorded.label === label);
  }

  namespaces(): string[] {
    return this.read().flatMap((each) => (each.kind === 'namespace' ? [each.name] : []));
  }

  paths(): string[] {
    return this.read().flatMap((each) => (each.kind === 'path' ? [each.path] : []));
  }

  /** Read again each time, because another process may have appended. */
  private read(): Entry[] {
    return existsSync(fileIn(this.folder)) ? readEntries(fileIn(this.folder)) : this.entries;
  }

  /** Starts with a newline, because a crash may have cut the last line short. */
  private append(added: Entry): void {
    this.entries.push(added);
    appendFileSync(fileIn(this.folder), `\n${JSON.stringify(added)}\n`, { mode: 0o600 });
  }
}

export const ledgerFile = 'ledger.jsonl';

const fileIn = (folder: string): string => join(folder, ledgerFile);

/** Skips a line that a crash has cut short; its process is found by the mark. */
function readEntries(file: string): Entry[] {
  if (!existsSync(file)) {
    return [];
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => parseLine(line));
}

function parseLine(line: string): Entry[] {
  try {
    return [entry.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
