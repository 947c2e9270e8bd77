import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export const readSecretFile = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

/** Whole or not at all, for its owner alone unless it holds no secret. */
export function writeSecretFile(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  writeFileSync(draft, content, { mode });
  // Whatever the process's umask is.
  chmodSync(draft, mode);
  renameSync(draft, file);
}
