// One version for all packages of the checkout, and of what they need of each other.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ours = /^(?:@metalcast\/.+|metalcast)$/;
const needs = ['dependencies', 'devDependencies'];
const read = (root, file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Every package.json of the checkout, that of the root first. */
export const manifests = (root) =>
  ['.', ...read(root, 'package.json').workspaces.flatMap((pattern) => foldersOf(root, pattern))]
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(join(root, file)));

const foldersOf = (root, pattern) =>
  pattern.endsWith('/*')
    ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => join(pattern.slice(0, -2), name))
    : [pattern];

/** A manifest holds itself; the lock file holds a manifest of each package beside those of others. */
const entriesOf = (content) => [content, ...Object.values(content.packages ?? {})];

/** Each place of a manifest or lock file where our version stands, as an object and the key in it. */
const places = (content) =>
  entriesOf(content).flatMap((entry) => [
    ...(ours.test(entry.name) && entry.version !== undefined ? [[entry, 'version']] : []),
    ...needs.flatMap((kind) =>
      Object.keys(entry[kind] ?? {})
        .filter((name) => ours.test(name))
        .map((name) => [entry[kind], name]),
    ),
  ]);

/** The versions that a manifest or lock file names of our packages, each once. */
export const versionsIn = (content) => [
  ...new Set(places(content).map(([object, key]) => object[key])),
];

export function setVersion(root, version) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(`${JSON.stringify(version)} is no version: three numbers with dots are`);
  }
  for (const file of [...manifests(root), 'package-lock.json']) {
    const content = read(root, file);
    for (const [object, key] of places(content)) {
      object[key] = version;
    }
    writeFileSync(join(root, file), `${JSON.stringify(content, null, 2)}\n`);
  }
}
