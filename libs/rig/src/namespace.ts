import { existsSync } from 'node:fs';
import { run } from '@metalcast/exec';
import type { Ledger } from './state/ledger.js';

const timeoutMs = 10_000;

/** Creates a network namespace with its loopback up, and records it. Idempotent. */
export async function makeNamespace(ledger: Ledger, name: string): Promise<void> {
  if (!ledger.namespaces().includes(name)) {
    if (namespaceExists(name)) {
      throw new Error(`the network namespace ${name} exists, and this lab did not make it`);
    }
    ledger.recordNamespace(name);
  }
  if (!namespaceExists(name)) {
    await ip(['netns', 'add', name]);
  }
  await ip(['-netns', name, 'link', 'set', 'lo', 'up']);
}

/** Deletes the namespace's name. Processes inside keep the unnamed namespace alive. Idempotent. */
export async function removeNamespace(name: string): Promise<void> {
  if (namespaceExists(name)) {
    await ip(['netns', 'delete', name]);
  }
}

export const namespaceExists = (name: string): boolean => existsSync(`/run/netns/${name}`);

async function ip(args: readonly string[]): Promise<void> {
  const { exitCode, stderr, spawnError } = await run('ip', args, { timeoutMs });
  if (exitCode !== 0) {
    throw new Error(`ip ${args.join(' ')}: ${spawnError ?? stderr.trim()}`);
  }
}
