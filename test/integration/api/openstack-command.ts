import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { adminPassword, type ApiProcess } from './api-process.js';

/** Debian's unmodified client; each start costs it more than a second. */
export const clientMs = 60_000;
const run = promisify(execFile);

/** The administrator of an API, in a folder. */
export interface OpenstackUser {
  readonly api: ApiProcess;
  readonly folder: string;
}

export const openstackEnvironment = ({
  api,
  folder,
}: OpenstackUser): { cwd: string; env: NodeJS.ProcessEnv } => ({
  cwd: folder,
  env: {
    PATH: process.env['PATH'],
    HOME: folder,
    OS_AUTH_URL: `${api.url}/identity/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: adminPassword,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  },
});

/** What one run of the client prints; it must end well. */
export async function runOpenstack(user: OpenstackUser, args: readonly string[]): Promise<string> {
  const options = { ...openstackEnvironment(user), timeout: clientMs };
  return (await run('openstack', args, options)).stdout;
}
