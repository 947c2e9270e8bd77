/**
 * OpenStack's vendor_data.json, whose part `cloud-init` that program takes as a configuration with less weight than the
 * user's: its module `phone_home` then posts to `phoneHomeUrl` at the end of the first boot.
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
