/**
 * How a connection to the database is to be opened so that `options` hold in its session, whatever the URL says: pg
 * lets the `options` of a URL replace those that it is given. Of a setting that both name, ours counts: it comes last.
 */
export function sessionOf(
  url: string,
  options: readonly string[],
): { readonly connectionString: string; readonly options: string } {
  const ours = options.map((option) => `-c ${option}`);
  if (!/[?&]options=/.test(url)) {
    return { connectionString: url, options: ours.join(' ') };
  }
  const parsed = new URL(url);
  const theirs = parsed.searchParams.getAll('options');
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options: [...theirs, ...ours].join(' ') };
}
