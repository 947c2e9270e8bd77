export const longestHostname = 63;

/** The letters, digits and dashes of a display name, of any length (Nova's sanitize_hostname). */
export const plainName = (displayName: string): string =>
  displayName
    .normalize('NFKD')
    .replaceAll(/[ _.]/g, '-')
    .replaceAll(/[^\w-]+/g, '')
    .toLowerCase();

/** The host name for a display name. When no character is left, the host name is made of the server's uuid. */
export function hostnameOf(displayName: string, uuid: string): string {
  const name = plainName(displayName)
    .slice(0, longestHostname)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return name === '' ? `server-${uuid}` : name;
}
