import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '@metalcast/config';
import { parseJwkFile } from './jwk-file.js';
import { keyFiles, type KeyName } from './key-holders.js';
import { KeySet, type KeyHolder } from './key-set.js';

/** How soon a changed file is read. A new key is not used for minutes, so this decides nothing. */
const lookMs = 2000;

export interface KeyFileEvents {
  readonly changed: (name: KeyName, kids: readonly string[]) => void;
  /** The former keys stay in use. */
  readonly refused: (name: KeyName, reason: Error) => void;
}

/** Reads one file. Throws a ConfigError that names it and shows no key. */
export function readKeys(name: KeyName, path: string): KeySet {
  const { purpose, half } = keyFiles[name];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the keys in ${path}: ${(error as Error).message}`);
  }
  try {
    return new KeySet(parseJwkFile(text, { purpose, half, source: path }));
  } catch (error) {
    // Other errors come from the crypto library; they are replaced because they might show the key.
    throw error instanceof ConfigError ? error : new ConfigError(`${path} has a bad key`);
  }
}

/** Differs after every change of the file. */
function versionOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined
    ? 'missing'
    : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

/** The keys in a file; the file is read again whenever it changes. */
export class KeyFile implements KeyHolder {
  private current: KeySet;
  /** Taken before the file is read, so that a change during the reading is seen afterwards. */
  private version: string;
  /** What was reported last as refused. */
  private refused: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** Throws a ConfigError when the file cannot be used. */
  constructor(
    private readonly name: KeyName,
    private readonly path: string,
  ) {
    this.version = versionOf(path);
    this.current = readKeys(name, path);
  }

  get keys(): KeySet {
    return this.current;
  }

  /** Sees each change since the file was read, also one before this call. The timer does not keep the process alive. */
  watch(events: KeyFileEvents, everyMs = lookMs): void {
    this.timer = setInterval(() => {
      this.readWhenChanged(events);
    }, everyMs).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private readWhenChanged(events: KeyFileEvents): void {
    let version = 'unreadable';
    let reason: Error | undefined;
    try {
      version = versionOf(this.path);
      if (version === this.version) {
        return;
      }
      this.current = readKeys(this.name, this.path);
    } catch (error) {
      reason = error as Error;
    }
    if (reason === undefined) {
      this.version = version;
      this.refused = undefined;
      const kids = this.current.all.map(({ kid }) => kid);
      events.changed(this.name, kids);
    } else if (this.refused !== `${version} ${reason.message}`) {
      // Tried again at each look, for the reason may pass; reported once.
      this.refused = `${version} ${reason.message}`;
      events.refused(this.name, reason);
    }
  }
}
