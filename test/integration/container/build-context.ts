import dockerignore from '@balena/dockerignore';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The module's real export: its types describe another form. */
const rulesOf = dockerignore as unknown as () => {
  add(rules: string): { filter(paths: readonly string[]): string[] };
};

/**
 * Skipped for speed. A rule that wrongly included one of these would also include another file below a folder of that
 * name.
 */
const neverWalked = new Set(['.git', '.lab', '.cache', 'node_modules']);

/** Every file below a folder, as a relative path. */
export function filesOf(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return neverWalked.has(entry.name) ? [] : filesOf(root, path);
  });
}

/** The files that `docker build` would send: those of the folder that pass its .dockerignore. */
export function buildContext(root: string): string[] {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8');
  return rulesOf().add(rules).filter(filesOf(root));
}

export interface Copy {
  /** The stage to copy from; undefined for the build context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
}

/** The COPY lines of a Dockerfile. */
export function copiesOf(dockerfile: string): Copy[] {
  return [...dockerfile.matchAll(/^COPY +(.+)$/gm)].map(([, line = '']) => {
    const words = line.split(/ +/);
    const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
    return { from: /--from=(\S+)/.exec(line)?.[1], sources };
  });
}
