/** The answer's fields as `key=value` lines that a shell can read safely. Only the last value may contain blanks. */
export function textLines(fields: Readonly<Record<string, string | number>>): string {
  const entries = Object.entries(fields);
  return entries
    .map(([key, value], index) => {
      const unsafe =
        index === entries.length - 1 ? /[^A-Za-z0-9:._/+=,@ -]/g : /[^A-Za-z0-9:._/+=,@-]/g;
      return `${key}=${String(value).replaceAll(unsafe, '_')}\n`;
    })
    .join('');
}

/** Whether the caller wants lines rather than JSON. */
export const wantsText = (accept: string | undefined): boolean =>
  accept !== undefined && /\btext\/plain\b/.test(accept);
