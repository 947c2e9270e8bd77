import { existsSync, readFileSync } from 'node:fs';

/** The last lines of a log, for the error of a failed start. */
export function logTail(file: string, lines = 20): string {
  if (!existsSync(file)) {
    return `(no log at ${file})`;
  }
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
