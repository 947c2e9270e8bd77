import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endProcess } from './end-process.js';
import { ledgerFile, type Ledger, type RecordedProcess } from './ledger.js';
import { removeNamespace } from '../namespace.js';
import { killMarked } from './start-recorded.js';
import { removeEmptyFolder } from './data-root.js';

/**
 * Ends every process of the ledger, then removes its namespaces and files and the ledger itself, last. `tell` hears
 * what it is at. Idempotent, and may go on where an earlier one was cut off; touches nothing that is not recorded or
 * marked.
 */
export async function removeAll(
  ledger: Ledger,
  tell: (line: string) => void = () => undefined,
): Promise<void> {
  const processes = ledger.processes();
  tell(`Ending ${processes.length} processes: services and machines first, …`);
  await endAll(processes.filter(({ ground }) => !ground));
  tell('… then broker, database and forwarding, which takes some seconds');
  await endAll(processes.filter(({ ground }) => ground));
  await killMarked(`${ledger.mark}:`);
  tell('Removing network namespace and files');
  for (const name of ledger.namespaces()) {
    await removeNamespace(name);
  }
  for (const path of ledger.paths()) {
    rmSync(path, { recursive: true, force: true });
  }
  removeFolder(ledger.folder);
  removeEmptyFolder(dirname(ledger.folder));
}

async function endAll(processes: readonly RecordedProcess[]): Promise<void> {
  await Promise.all(
    processes.map(({ identity, stopSignal, graceMs, disposable }) =>
      endProcess(identity, { signal: disposable ? 'SIGKILL' : stopSignal, graceMs }),
    ),
  );
}

/** The ledger's file goes last: until then a removal that was cut off can be repeated. */
function removeFolder(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder).filter((each) => each !== ledgerFile)) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}
