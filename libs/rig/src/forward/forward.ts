// Connects the host's loopback with services in a network namespace, in both directions and without a network
// interface: one relay on each side, joined by unix sockets.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../state/ledger.js';
import { startRelay, type Route } from './relay.js';

export interface ForwardOptions {
  readonly ledger: Ledger;
  readonly namespace: string;
  /** Folder of the sockets. A short absolute path, because a socket's path has at most 107 characters. */
  readonly folder: string;
  readonly logFolder: string;
  /** Services on the namespace's loopback, and the preferred host port of each. */
  readonly toHost: Readonly<Record<string, { readonly inside: number; readonly wanted: number }>>;
  /** Services on the host's network, and the port of each on the namespace's loopback. */
  readonly toNamespace?: Readonly<
    Record<string, { readonly host: string; readonly port: number; readonly inside: number }>
  >;
}

export interface Forwarding {
  /** Host port of each service on 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>;
  /** The unix socket to a service inside the namespace. */
  socket(name: string): string;
}

/** Starts both relays; running relays with the same routes stay. The services themselves may start later. */
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
