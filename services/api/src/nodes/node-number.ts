/** The number by which clients of the compute API know a node; undefined when the text is none. */
export const nodeNumber = (text: string): number | undefined =>
  /^\d{1,9}$/.test(text) ? Number(text) : undefined;
