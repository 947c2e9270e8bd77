const longest = 63;

/** A display name as a host name (Nova's sanitize_hostname); one with nothing left of it is named after the server. */
export function hostnameOf(displayName: string, uuid: string): string {
  const name = displayName
    .normalize('NFKD')
    .replaceAll(/[ _.]/g, '-')
    .replaceAll(/[^\w-]+/g, '')
    .toLowerCase()
    .slice(0, longest)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return name === '' ? `server-${uuid}` : name;
}
