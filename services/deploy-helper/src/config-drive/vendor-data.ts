/**
 * OpenStack's vendor_data.json. The program cloud-init reads the part `cloud-init` as configuration of lower priority
 * than the user's. Its module `phone_home` posts to `phoneHomeUrl` at the end of the first boot.
 */
export const vendorData = (phoneHomeUrl: string): object => ({
  'cloud-init': [
    '#cloud-config',
    'phone_home:',
    `  url: ${phoneHomeUrl}`,
    '  post: [instance_id, hostname, fqdn]',
    '  tries: 10',
    '',
  ].join('\n'),
});
