import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { copyModules } from './modules.mjs';
import { addPrograms, addScripts, packRoot, startRoot } from './root-tree.mjs';

/** Builds the deploy kernel and ramdisk into `out`. */
export async function buildDeploy({ source, tree, release, scratch, out }) {
  const root = path.join(scratch, 'deploy-root');
  await startRoot(root, tree);
  await addPrograms(root, tree, [
    'usr/sbin/tgtd',
    'usr/sbin/tgtadm',
    'sbin/blkdiscard',
    'sbin/blkid',
  ]);
  await copyModules({
    listFile: path.join(source, 'modules.txt'),
    image: 'deploy',
    tree,
    release,
    root,
  });
  await addScripts(root, path.join(source, 'deploy'));
  await copyFile(path.join(tree, `boot/vmlinuz-${release}`), path.join(out, 'deploy.kernel'));
  await packRoot(root, path.join(out, 'deploy.ramdisk'));
}
