import { setFlagsFromString } from 'node:v8';

/** V8's rough measure of a function's execution; its own default is 1.8 million. */
const budget = 100_000_000;

/**
 * V8 optimizes a WebAssembly function once it has run long enough. Prisma's query compiler, the api's only WebAssembly,
 * would reach that during the start, and optimizing it takes a second of CPU, a third of the whole start. With a larger
 * budget a service that is busy for long still reaches it. Affects code that is compiled after this call. Idempotent.
 */
export function postponeWasmOptimizing(): void {
  setFlagsFromString(`--wasm-tiering-budget=${String(budget)}`);
}
