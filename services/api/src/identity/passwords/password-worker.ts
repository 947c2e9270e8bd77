/** One key to derive: everything in it can be cloned to a thread. */
export interface Derivation {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly keyBytes: number;
  readonly options: { readonly N: number; readonly r: number; readonly p: number; maxmem: number };
}

export type Derived = { readonly key: Uint8Array } | { readonly error: string };

/**
 * What a thread of the pool runs. As text, because a service is one file: there is no other that the thread could be
 * started from, and no path that is right in the sources, the compiled files and the bundle alike.
 */
export const passwordWorkerSource = `
const { parentPort } = require('node:worker_threads');
const { scryptSync } = require('node:crypto');
parentPort.on('message', ({ password, salt, keyBytes, options }) => {
  try {
    parentPort.postMessage({ key: scryptSync(password, salt, keyBytes, options) });
  } catch (error) {
    parentPort.postMessage({ error: String(error) });
  }
});
`;
