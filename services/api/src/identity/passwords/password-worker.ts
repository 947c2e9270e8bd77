/** One key to derive. A message to a thread carries it, so all of it can be cloned. */
export interface Derivation {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly keyBytes: number;
  readonly options: { readonly N: number; readonly r: number; readonly p: number; maxmem: number };
}

export type Derived = { readonly key: Uint8Array } | { readonly error: string };

/**
 * The program of the pool's threads. It is a text, because a service is one bundled file: no path is right in the
 * sources, the compiled files and the bundle alike.
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
