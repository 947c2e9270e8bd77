export const longestHostname = 63;

/** Letters, digits and dashes of a display name, however many (Nova's sanitize_hostname). */
export const plainName = (displayName: string): string =>
  displayName
    .normalize('NFKD')
    .replaceAll(/[ _.]/g, '-')
    .replaceAll(/[^\w-]+/g, '')
    .toLowerCase();

/** A display name as a host name; one with nothing left of it is named after the server. */
export function hostnameOf(displayName: string, uuid: string): string {
  const name = plainName(displayName)
    .slice(0, longestHostname)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return name === '' ? `server-${uuid}` : name;
}
