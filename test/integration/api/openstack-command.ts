import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { adminPassword, type ApiProcess } from './api-process.js';

/** Debian's unmodified client; each start costs it more than a second. */
export const clientMs = 60_000;
const run = promisify(execFile);

/** What the client prints, run by the administrator in `folder`. */
export async function runOpenstack(
  api: ApiProcess,
  folder: string,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await run('openstack', args, {
    cwd: folder,
    timeout: clientMs,
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
  return stdout;
}

export const openstackData = async (
  api: ApiProcess,
  folder: string,
  args: readonly string[],
): Promise<unknown> => JSON.parse(await runOpenstack(api, folder, [...args, '-f', 'json']));
