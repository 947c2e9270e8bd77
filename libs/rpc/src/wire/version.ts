/** Whether a server of version `offered` can serve a caller that requires `required`: same major, minor not above. */
export function isCompatible(required: string, offered: string): boolean {
  const [major, minor] = parts(required);
  const [offeredMajor, offeredMinor] = parts(offered);
  return major === offeredMajor && minor <= offeredMinor;
}

function parts(version: string): [number, number] {
  const [major = '', minor = '0'] = version.split('.');
  return [Number(major), Number(minor)];
}
