import { setFlagsFromString } from 'node:v8';

/** V8's rough measure of what a function has executed; its own default is 1.8 million. */
const budget = 100_000_000;

/**
 * V8 optimizes a WebAssembly function once it has run for long enough. Prisma's query compiler, the only WebAssembly of the
 * api, comes to that while the service starts, and optimizing it costs a second of CPU, a third of the whole start;
 * with a larger budget a service that is busy for long still gets there. For code that is compiled after this call. Repeatable.
 */
export function postponeWasmOptimizing(): void {
  setFlagsFromString(`--wasm-tiering-budget=${String(budget)}`);
}
