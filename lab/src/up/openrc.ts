import { writeFileSync } from 'node:fs';
import { hostUrls } from './addresses.js';
import type { LabContext } from './lab-context.js';
import { readAdminPassword } from './secrets.js';

/** Writes the environment for the `openstack` client: `. .lab/openrc`. Only its owner can read the file. */
export function writeOpenrc(context: LabContext): void {
  const variables = {
    OS_AUTH_URL: `${hostUrls(context).api}/identity/v3`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'admin',
    OS_PASSWORD: readAdminPassword(context.paths),
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_NAME: 'admin',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(context.paths.openrc, `${lines.join('\n')}\n`, { mode: 0o600 });
}
