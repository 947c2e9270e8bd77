// The release that this one must work beside: the last tag, or METALCAST_TEST_RELEASE. Only Node's own modules, because
// vitest.config.ts asks too.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const thisCheckout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const releaseVariable = 'METALCAST_TEST_RELEASE';

/** Its commit; undefined when nothing is released yet. Throws when the variable names no commit. */
export function oldRelease(): string | undefined {
  const ref = process.env[releaseVariable] ?? git('describe', '--tags', '--abbrev=0');
  if (ref === undefined) {
    return undefined;
  }
  const commit = git('rev-parse', '--verify', `${ref}^{commit}`);
  if (commit === undefined) {
    throw new Error(`${releaseVariable}: ${ref} is no commit of this repository`);
  }
  return commit;
}

/** Undefined where git fails, as it does for an unknown name and outside a repository. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: thisCheckout, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}
