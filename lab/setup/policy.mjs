// Debian's packages start their services when they are installed, and PostgreSQL's makes a cluster for the system.
// While a /usr/sbin/policy-rc.d that exits 101 is there, they start none; what was there before is put back,
// also after a run that was killed in between.
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
 * Runs `work` while no package may start a service or make a database cluster.
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

/** Idempotent; touches no policy but ours. */
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

/** Whether one that was killed has left its policy behind. */
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
