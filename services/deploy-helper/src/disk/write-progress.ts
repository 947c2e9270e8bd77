/** The percentage in a line of `qemu-img -p`; undefined for any other line. */
export function percentOf(line: string): number | undefined {
  const [, percent] = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line) ?? [];
  return percent === undefined ? undefined : Math.min(Number(percent), 100);
}

/** Passes on at most one value per `everyMs`, by `now` (monotonic, ms). */
export function throttle<T>(
  everyMs: number,
  pass: (value: T) => void,
  now: () => number = () => performance.now(),
): (value: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (now() - last >= everyMs) {
      last = now();
      pass(value);
    }
  };
}
