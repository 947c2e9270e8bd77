import { setTimeout as pause } from 'node:timers/promises';
import { configDriveFile } from './disk/config-drive.js';
import type { NodeHttp } from './node-http.js';

const vendorData = 'openstack/latest/vendor_data.json';
const tries = 10;
/** cloud-init's pause between attempts. */
const betweenMs = 3000;

/** The phone-home URL of the installed system; undefined when its config drive has none. */
export async function phoneHomeUrl(disk: string): Promise<string | undefined> {
  const text = await configDriveFile(disk, vendorData);
  if (text === undefined) {
    return undefined;
  }
  const { 'cloud-init': config = '' } = JSON.parse(text) as { 'cloud-init'?: string };
  return /^phone_home:\n(?: .*\n)*? +url: (\S+)$/m.exec(config)?.[1];
}

/** Phones home as cloud-init does. Resolves with whether the server accepted it. Rejects when aborted. */
export async function phoneHome(
  url: string,
  http: NodeHttp,
  signal: AbortSignal,
): Promise<boolean> {
  const form = new URLSearchParams({ instance_id: 'simulated', hostname: 'simulated', fqdn: '' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (let turn = 1; turn <= tries; turn += 1) {
    try {
      const { status } = await http.ask(url, { method: 'POST', headers, body: form.toString() });
      if (status === 200) {
        return true;
      }
    } catch {
      signal.throwIfAborted();
    }
    await pause(betweenMs, undefined, { signal });
  }
  return false;
}
