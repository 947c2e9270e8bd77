/** The percentage in a line of `qemu-img -p`; undefined for any other line. */
export function percentOf(line: string): number | undefined {
  const [, percent] = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line) ?? [];
  return percent === undefined ? undefined : Math.min(Number(percent), 100);
}
