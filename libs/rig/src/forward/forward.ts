// Makes services inside a network namespace reachable from the host's loopback and the other way round,
// without any network interface between them: a relay on each side, joined by unix sockets.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../state/ledger.js';
import { startRelay, type Route } from './relay.js';

export interface ForwardOptions {
  readonly ledger: Ledger;
  readonly namespace: string;
  /** Holds the sockets; a short absolute path, for a socket's may have 107 characters only. */
  readonly folder: string;
  readonly logFolder: string;
  /** Services of the namespace's loopback, and the host port each gets unless it is taken. */
  readonly toHost: Readonly<Record<string, { readonly inside: number; readonly wanted: number }>>;
  /** Services of the host's network, and the port on the namespace's loopback each gets. */
  readonly toNamespace?: Readonly<
    Record<string, { readonly host: string; readonly port: number; readonly inside: number }>
  >;
}

export interface Forwarding {
  /** Host ports by service, 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>;
  /** The unix socket that leads to a service inside. */
  socket(name: string): string;
}

/** Starts both relays, or leaves those that run with the same routes. What is forwarded need not be up yet. */
export async function forward(options: ForwardOptions): Promise<Forwarding> {
  const { ledger, namespace, folder, logFolder, toHost, toNamespace = {} } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socket = (name: string): string => join(folder, `${name}.sock`);
  const inner: Record<string, Route> = {};
  const outer: Record<string, Route> = {};
  for (const [name, { inside, wanted }] of Object.entries(toHost)) {
    inner[name] = { listen: { path: socket(name) }, connect: { port: inside } };
    outer[name] = { listen: { port: wanted, orFree: true }, connect: { path: socket(name) } };
  }
  for (const [name, { host, port, inside }] of Object.entries(toNamespace)) {
    outer[name] = { listen: { path: socket(name) }, connect: { host, port } };
    inner[name] = { listen: { port: inside }, connect: { path: socket(name) } };
  }
  const start = (
    label: string,
    routes: Record<string, Route>,
    where: { namespace?: string },
  ): Promise<Record<string, number>> =>
    startRelay({
      ledger,
      label,
      folder,
      logFile: join(logFolder, `${label}.log`),
      routes,
      ...where,
    });
  await start('relay-inside', inner, { namespace });
  const ports = await start('relay-outside', outer, {});
  return { ports, socket };
}
