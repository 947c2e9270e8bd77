import { randomBytes } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import type { Account } from '@metalcast/rig';
import { controller, lanConfiguration } from './bmc-files.js';
import { machineArguments, uefiVariables, variablesFile } from './machine.js';
import type { RackNode } from './node.js';

/**
 * Creates the node's folder with empty disks, the machine, and the BMC with a new password. The files belong to
 * `account`.
 */
export async function writeNodeFiles(
  node: RackNode,
  chassis: string,
  account: Account | undefined,
): Promise<void> {
  await mkdir(`${node.folder}/bmc-state`, { recursive: true, mode: 0o755 });
  for (const { file, gb } of node.disks) {
    const disk = await open(file, 'w', 0o600);
    await disk.truncate(gb * 1024 ** 3);
    await disk.close();
  }
  const variables = node.firmware === 'uefi' ? [`${node.folder}/${variablesFile}`] : [];
  for (const file of variables) {
    await copyFile(uefiVariables, file);
    await chmod(file, 0o600);
  }
  const password = newPassword();
  await writeFile(node.bmc.passwordFile, password, { mode: 0o600 });
  const files = {
    'machine.args': machineArguments(node),
    'bmc.emu': controller,
    'lan.conf': lanConfiguration(node, password, chassis),
    // Exists from the start, so that the console can be followed before the first power-on.
    'serial.log': '',
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(`${node.folder}/${name}`, content, { mode: 0o600 });
  }
  if (account !== undefined) {
    const images = node.disks.map(({ file }) => file);
    const others = ['', 'bmc-state', ...Object.keys(files)].map((name) => `${node.folder}/${name}`);
    for (const path of [...images, ...variables, ...others]) {
      await chown(path, account.uid, account.gid);
    }
  }
}

/** IPMI allows at most 16 characters over the old `lan` interface, 20 over `lanplus`. */
function newPassword(): string {
  return randomBytes(8).toString('hex');
}
