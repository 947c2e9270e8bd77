import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity } from './process-identity.js';

/**
 * Processes carry the mark of the ledger they belong to in their environment, and hand it to what they
 * start. So one is found that was started but not yet recorded when the command that started it died.
 */
export const markVariable = 'METALCAST_MARK';

/** All running processes whose mark is `mark`, or begins with it when it ends in a colon. */
export function findMarked(mark: string): ProcessIdentity[] {
  const wanted = `${markVariable}=${mark}`;
  const matches = (entry: string): boolean =>
    mark.endsWith(':') ? entry.startsWith(wanted) : entry === wanted;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).some(matches))
    .flatMap((name) => identify(Number(name)) ?? []);
}

/** Empty for one that has ended meanwhile or belongs to somebody else. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
