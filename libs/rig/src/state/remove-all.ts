import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endProcess } from './end-process.js';
import { ledgerFile, type Ledger, type RecordedProcess } from './ledger.js';
import { removeNamespace } from '../namespace.js';
import { killMarked } from './start-recorded.js';
import { removeEmptyFolder } from './data-root.js';

/**
 * Ends every process of the ledger, then removes its namespaces and files, and the ledger last. `report` receives
 * progress lines. Idempotent: a repeated call continues an interrupted one. Touches only recorded or marked things.
 */
export async function removeAll(
  ledger: Ledger,
  report: (line: string) => void = () => undefined,
): Promise<void> {
  const processes = ledger.processes();
  report(`Ending ${processes.length} processes: services and machines first, …`);
  await endAll(processes.filter(({ ground }) => !ground));
  report('… then broker, database and forwarding, which takes some seconds');
  await endAll(processes.filter(({ ground }) => ground));
  await killMarked(`${ledger.mark}:`);
  report('Removing network namespace and files');
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

/** The ledger's file is removed last, so that an interrupted removal can be repeated. */
function removeFolder(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder).filter((each) => each !== ledgerFile)) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}
