// Debian's packages start their services during installation, and PostgreSQL's creates a cluster. A
// /usr/sbin/policy-rc.d that exits with 101 prevents both. The previous file is restored afterwards, also after a run
// that was killed.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const mark = '# put here by metalcast while it installs packages';

/** @param {string} root of the file system */
const files = (root) => ({
  policy: `${root}/usr/sbin/policy-rc.d`,
  kept: `${root}/usr/sbin/policy-rc.d.metalcast-kept`,
  cluster: `${root}/etc/postgresql-common/createcluster.d/metalcast.conf`,
});

/**
 * Runs `work` while packages can neither start services nor create database clusters.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withoutServices(work, root = '') {
  restorePolicy(root);
  const { policy, kept, cluster } = files(root);
  if (existsSync(policy)) {
    renameSync(policy, kept);
  }
  try {
    mkdirSync(dirname(cluster), { recursive: true });
    writeFileSync(cluster, `${mark}\ncreate_main_cluster = false\n`);
    writeFileSync(policy, `#!/bin/sh\n${mark}\nexit 101\n`, { mode: 0o755 });
    return await work();
  } finally {
    restorePolicy(root);
  }
}

/** Removes only our own policy. Idempotent. */
export function restorePolicy(root = '') {
  const { policy, kept, cluster } = files(root);
  if (isPolicyOurs(root)) {
    rmSync(policy);
  }
  if (existsSync(kept)) {
    renameSync(kept, policy);
  }
  rmSync(cluster, { force: true });
  removeIfEmpty(dirname(cluster));
}

/** Whether a killed run has left our policy behind. */
export function isPolicyOurs(root = '') {
  const { policy } = files(root);
  return existsSync(policy) && readFileSync(policy, 'utf8').includes(mark);
}

function removeIfEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') {
      throw error;
    }
  }
}
