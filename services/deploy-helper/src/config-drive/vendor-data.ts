import type { ConfigDriveInput } from './config-drive-input.js';

/**
 * OpenStack's vendor_data.json; undefined: there is nothing to say. The program cloud-init reads the part `cloud-init`
 * as configuration of lower priority than the user's.
 */
export function vendorData({
  hasSwap,
  phoneHomeUrl,
}: Pick<ConfigDriveInput, 'hasSwap' | 'phoneHomeUrl'>): object | undefined {
  const lines = [
    ...(hasSwap ? mountSwap : []),
    ...(phoneHomeUrl === undefined ? [] : phoneHome(phoneHomeUrl)),
  ];
  return lines.length === 0
    ? undefined
    : { 'cloud-init': ['#cloud-config', ...lines, ''].join('\n') };
}

/** On GPT disks systemd finds the partition by its type; on MBR disks only fstab tells of it. */
const mountSwap = ['mounts:', '  - [LABEL=swap1, none, swap, "sw,nofail", "0", "0"]'];

/** Makes cloud-init post to the URL at the end of the first boot. */
const phoneHome = (url: string): readonly string[] => [
  'phone_home:',
  `  url: ${url}`,
  '  post: [instance_id, hostname, fqdn]',
  '  tries: 10',
];
