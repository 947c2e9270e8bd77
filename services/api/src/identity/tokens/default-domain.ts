/** Whether the request names the default domain, or no domain. There is no other. */
export function isDefaultDomain(
  domain: { id?: string | undefined; name?: string | undefined } | undefined,
): boolean {
  const { id = 'default', name = 'Default' } = domain ?? {};
  return id === 'default' && name.toLowerCase() === 'default';
}
