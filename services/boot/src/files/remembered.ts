/** The last result of `read`, for `ms` from the time of its request; a failure is not kept. */
export function remembered<T>(read: () => Promise<T>, ms: number): () => Promise<T> {
  let last: { readonly value: Promise<T>; readonly until: number } | undefined;
  return () => {
    if (last === undefined || performance.now() >= last.until) {
      const value = read();
      last = { value, until: performance.now() + ms };
      value.catch(() => {
        last = undefined;
      });
    }
    return last.value;
  };
}
