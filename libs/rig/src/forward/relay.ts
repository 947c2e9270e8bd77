import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Ledger } from '../state/ledger.js';
import { logTail } from '../state/log-tail.js';
import { isRunning } from '../state/process-identity.js';
import { isRecordedRunning, startRecorded, stopRecorded } from '../state/start-recorded.js';
import { waitFor } from '../wait-for.js';

/** Plain JavaScript beside src and dist: code that runs from either folder finds it at the same relative path. */
const program = fileURLToPath(new URL('../../relay.mjs', import.meta.url));

export interface Route {
  readonly listen: { readonly path: string } | { readonly port: number; readonly orFree?: boolean };
  readonly connect: { readonly path: string } | { readonly port: number; readonly host?: string };
}

export interface RelayOptions {
  readonly ledger: Ledger;
  readonly label: string;
  /** Folder of the routes and their result. */
  readonly folder: string;
  readonly logFile: string;
  readonly namespace?: string;
  readonly routes: Readonly<Record<string, Route>>;
}

const portsOf = z.record(z.string(), z.int());
const readyTimeoutMs = 20_000;

/**
 * Starts a relay, unless one with the same routes runs already. Resolves when it listens on all routes, with the TCP
 * port of each route. After a restart a relay tries to keep its free ports.
 */
export async function startRelay(options: RelayOptions): Promise<Record<string, number>> {
  const { ledger, label, folder, logFile } = options;
  const routesFile = join(folder, `${label}.routes.json`);
  const readyFile = join(folder, `${label}.ready.json`);
  const wanted = JSON.stringify(options.routes);
  const known = existsSync(routesFile) ? readFileSync(routesFile, 'utf8') : undefined;
  const before = readPorts(readyFile);
  if (known === wanted && before !== undefined && isRecordedRunning(ledger, label)) {
    return before;
  }
  await stopRecorded(ledger, label);
  rmSync(readyFile, { force: true });
  writeFileSync(routesFile, wanted, { mode: 0o600 });
  const asBefore = join(folder, `${label}.routes-now.json`);
  writeFileSync(asBefore, JSON.stringify(preferring(options.routes, before)), { mode: 0o600 });
  const { identity } = await startRecorded(ledger, {
    label,
    command: process.execPath,
    args: [program, asBefore, readyFile],
    cwd: '/',
    logFile,
    namespace: options.namespace,
    capabilities: [],
    ground: true,
    disposable: true,
  });
  const ports = await waitFor(() => readPorts(readyFile) ?? !isRunning(identity), {
    timeoutMs: readyTimeoutMs,
    what: `${label} to listen`,
    everyMs: 20,
  });
  if (ports === true) {
    throw new Error(`${label} ended before it listened:\n${logTail(logFile)}`);
  }
  return ports;
}

function readPorts(file: string): Record<string, number> | undefined {
  return existsSync(file) ? portsOf.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function preferring(
  routes: Readonly<Record<string, Route>>,
  before: Record<string, number> | undefined,
): Record<string, Route> {
  return Object.fromEntries(
    Object.entries(routes).map(([name, route]) => {
      const port = before?.[name];
      const { listen } = route;
      return 'port' in listen && listen.orFree === true && port !== undefined
        ? [name, { ...route, listen: { ...listen, port } }]
        : [name, route];
    }),
  );
}
