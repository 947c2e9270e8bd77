import dockerignore from '@balena/dockerignore';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the module is: its types speak of another form. */
const rulesOf = dockerignore as unknown as () => {
  add(rules: string): { filter(paths: readonly string[]): string[] };
};

/**
 * Of a checkout, for speed: a rule that let something of these in would show by any other file below a folder of that
 * name.
 */
const neverWalked = new Set(['.git', '.lab', '.cache', 'node_modules']);

/** Every file of a folder, by its path in it. */
export function filesOf(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return neverWalked.has(entry.name) ? [] : filesOf(root, path);
  });
}

/** What `docker build` would send of a folder: its files by the rules of its .dockerignore. */
export function buildContext(root: string): string[] {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8');
  return rulesOf().add(rules).filter(filesOf(root));
}

export interface Copy {
  /** The stage that it takes from; undefined for the build context. */
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
