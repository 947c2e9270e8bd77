import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { withLock } from '@metalcast/rig';
import { oldRelease, thisCheckout } from './old-release.js';

/** For all commands together; on a busy machine the compiler alone needs minutes. */
export const checkoutTimeoutMs = 1_200_000;

/** The old release's checkout, installed and built. Throws when there is no old release. */
export async function oldCheckout(): Promise<string> {
  const commit = oldRelease();
  if (commit === undefined) {
    throw new Error('there is no old release: no tag, and METALCAST_TEST_RELEASE names none');
  }
  return builtCheckout(commit);
}

/** From the user's cache, or made there. Nothing is left of a build that fails. */
async function builtCheckout(commit: string): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'metalcast', 'releases', commit);
  const lock = { timeoutMs: checkoutTimeoutMs, what: `${folder} to be built by another test` };
  return withLock(folder, lock, async () => {
    const marker = join(folder, '.built');
    if (!existsSync(marker)) {
      await build(commit, folder);
      writeFileSync(marker, '');
    }
    return folder;
  });
}

async function build(commit: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = `git -C "$CHECKOUT" archive ${commit} | tar x`;
  const script = `set -eo pipefail; ${archive}; npm ci --no-audit --no-fund; npm run build`;
  const { exitCode, stdout, stderr } = await run('bash', ['-c', script], {
    cwd: folder,
    timeoutMs: checkoutTimeoutMs,
    env: { CHECKOUT: thisCheckout },
  });
  if (exitCode !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the release ${commit} was not built:\n${stdout}${stderr}`.slice(0, 8000));
  }
}
