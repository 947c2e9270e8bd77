import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export const readSecretFile = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

/** Whole or not at all, for its owner alone. */
export function writeSecretFile(file: string, content: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
