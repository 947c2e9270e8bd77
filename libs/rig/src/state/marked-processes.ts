import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity } from './process-identity.js';

/**
 * Each process has its ledger's mark in its environment, and its children inherit the mark. The mark finds processes
 * that were started but not recorded, because the starting command died in between.
 */
export const markVariable = 'METALCAST_MARK';

/** All running processes with this mark. A mark that ends in a colon is a prefix. */
export function findMarked(mark: string): ProcessIdentity[] {
  const wanted = `${markVariable}=${mark}`;
  const matches = (entry: string): boolean =>
    mark.endsWith(':') ? entry.startsWith(wanted) : entry === wanted;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).some(matches))
    .flatMap((name) => identify(Number(name)) ?? []);
}

/** Empty for a process that has ended or belongs to another account. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
