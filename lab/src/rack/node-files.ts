import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, writeFile } from 'node:fs/promises';
import type { Account } from '../state/account.js';
import { controller, lanConfiguration } from './bmc-files.js';
import { machineArguments } from './machine.js';
import type { RackNode } from './node.js';

/** Makes the node's folder: an empty disk, machine and BMC with a new password. They belong to `account`. */
export async function writeNodeFiles(
  node: RackNode,
  chassis: string,
  account: Account | undefined,
): Promise<void> {
  await mkdir(`${node.folder}/bmc-state`, { recursive: true, mode: 0o755 });
  const disk = await open(`${node.folder}/disk.img`, 'w', 0o600);
  await disk.truncate(node.diskGb * 1024 ** 3);
  await disk.close();
  const password = newPassword();
  await writeFile(node.bmc.passwordFile, password, { mode: 0o600 });
  const files = {
    'machine.args': machineArguments(node),
    'bmc.emu': controller,
    'lan.conf': lanConfiguration(node, password, chassis),
    // There to be followed before the machine is first on.
    'serial.log': '',
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(`${node.folder}/${name}`, content, { mode: 0o600 });
  }
  if (account !== undefined) {
    for (const name of ['', 'bmc-state', 'disk.img', ...Object.keys(files)]) {
      await chown(`${node.folder}/${name}`, account.uid, account.gid);
    }
  }
}

/** IPMI takes at most 16 characters over the old `lan` interface, 20 over `lanplus`. */
function newPassword(): string {
  return randomBytes(8).toString('hex');
}
