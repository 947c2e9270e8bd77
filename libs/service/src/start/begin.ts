import type { Running } from './context.js';

interface Begun {
  readonly started: Promise<Running>;
  /** Settles when there is a service to close, at the latest when the start ends; undefined: the start failed. */
  readonly begun: Promise<Running | undefined>;
}

/** Begins a start that can be interrupted, because it may wait for the broker without limit. */
export function begin(start: (began: (service: Running) => void) => Promise<Running>): Begun {
  let resolve: (service: Running | undefined) => void = () => undefined;
  const begun = new Promise<Running | undefined>((settle) => {
    resolve = settle;
  });
  const started = start(resolve);
  started.then(resolve, () => {
    resolve(undefined);
  });
  return { started, begun };
}
