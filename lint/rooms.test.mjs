// A folder is read like a list of contents: a long one hides what is in it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './pages.mjs';

const mostFiles = 15;

const children = (parent) =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}`);

const sources = [...children('services'), ...children('libs'), 'cli', 'lab']
  .map((part) => `${part}/src`)
  .filter((folder) => existsSync(join(root, folder)));

/** The folder and all within, but for what Prisma writes. */
const foldersIn = (folder) => [
  folder,
  ...children(folder)
    .filter((child) => !child.endsWith('/generated'))
    .flatMap(foldersIn),
];

const filesOf = (folder) =>
  readdirSync(join(root, folder)).filter((name) => /(?<!\.test)\.m?[jt]s$/.test(name));

test('sources are found', () => {
  expect(sources).toContain('services/api/src');
  expect(filesOf('services/api/src')).toContain('api.module.ts');
});

test.each(sources)('no folder of %s has too many files', (source) => {
  const crowded = foldersIn(source).filter((folder) => filesOf(folder).length > mostFiles);
  expect(
    crowded,
    `A folder has at most ${mostFiles} source files: give those that belong together a folder of their own.`,
  ).toEqual([]);
});
