/** Whether a request means the one domain that there is; also where it names none. */
export function isDefaultDomain(
  domain: { id?: string | undefined; name?: string | undefined } | undefined,
): boolean {
  const { id = 'default', name = 'Default' } = domain ?? {};
  return id === 'default' && name.toLowerCase() === 'default';
}
