import { readFileSync } from 'node:fs';

/** The account of a process. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for a program that must not run as root: the first of `names` in /etc/passwd. Undefined when this process
 * is not root: its children then run under the same account.
 */
export function unprivilegedAccount(names: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of names) {
    const fields = lines.map((line) => line.split(':')).find(([name]) => name === wanted);
    if (fields !== undefined) {
      return { name: wanted, uid: Number(fields[2]), gid: Number(fields[3]) };
    }
  }
  throw new Error(`none of the accounts ${names.join(', ')} exists`);
}
