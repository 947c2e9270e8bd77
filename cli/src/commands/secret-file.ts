import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export const readSecretFile = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

/** Writes the file atomically. Only its owner can read it, unless `mode` says otherwise. */
export function writeSecretFile(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  writeFileSync(draft, content, { mode });
  // The umask may have cleared bits of the mode.
  chmodSync(draft, mode);
  renameSync(draft, file);
}
