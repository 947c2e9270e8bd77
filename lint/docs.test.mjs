// What the pages say and can be looked up is there: a name that was changed in the code alone misleads an operator.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFor } from '../cli/src/program.ts';
import { serviceNames } from '../libs/domain/src/index.ts';
import { optionNames, optionVariables } from './options.mjs';
import {
  callsOf,
  codeOf,
  headingsOf,
  linksOf,
  pages,
  pathsOf,
  root,
  textOf,
  variablesOf,
} from './pages.mjs';

const program = programFor({}, () => undefined);
const there = (path) => existsSync(join(root, path));

test.each(pages)('%s leads to files and headings that there are', (page) => {
  const links = linksOf(page);
  expect(links.filter(({ path }) => !there(path))).toEqual([]);
  const named = links.filter(({ heading }) => heading !== '');
  expect(named.filter(({ path, heading }) => !headingsOf(textOf(path)).includes(heading))).toEqual(
    [],
  );
});

test.each(pages)('%s names files that there are', (page) => {
  expect(pathsOf(textOf(page)).filter((path) => !there(path))).toEqual([]);
});

/** Variables that are no options of a service. */
const otherVariables = {
  METALCAST_SECRETS_KEY: 'taken away; keys.md tells how to leave it behind',
  METALCAST_TEST_RELEASE: 'of the tests; releasing.md',
};

test.each(pages)('%s names variables that there are', (page) => {
  const unknown = variablesOf(textOf(page)).filter(
    (name) => !optionVariables.has(name) && !Object.hasOwn(otherVariables, name),
  );
  expect(unknown).toEqual([]);
});

const globalOptions = new Set([...program.options.map(({ long }) => long), '--help']);

/** What is wrong with the words behind `metalcast`, by the command's own table; undefined when nothing is. */
function wrongWith([...words]) {
  let command = program;
  while (globalOptions.has(words[0])) {
    words.shift();
  }
  if (words.length === 0) {
    return undefined;
  }
  while (command.commands.length > 0) {
    const word = words.shift();
    const child = command.commands.find((one) => [one.name(), ...one.aliases()].includes(word));
    if (child === undefined) {
      return `${command.name()} has no ${word}`;
    }
    command = child;
    if (words.length === 0) {
      return undefined;
    }
  }
  // The lab reads its own arguments.
  const known = new Set([...globalOptions, ...command.options.map(({ long }) => long)]);
  const unknown = words.filter((word) => /^--\w/.test(word) && !known.has(word.split('=')[0]));
  return unknown.length === 0 || command.name() === 'lab'
    ? undefined
    : `${command.name()} has no ${unknown.join(', ')}`;
}

test.each(pages)('%s calls commands that there are, with options that they have', (page) => {
  const wrong = callsOf(textOf(page)).map((words) => [words.join(' '), wrongWith(words)]);
  expect(wrong.filter(([, reason]) => reason !== undefined)).toEqual([]);
});

const sources = ['cli', 'deploy', 'lab', 'libs', 'lint', 'prisma', 'ramdisk', 'services', 'test'];
// This file names what the sources need not have.
const skipped = /(?:^|\/)(?:node_modules|dist|build|generated)(?:\/|$)|^lint\/docs\.test\.mjs$/;
const readable = /\.(?:ts|mjs|json|sql|prisma|conf|service|sh|csv)$|\/agent[^/.]*\//;

const sourceFiles = sources
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  )
  .filter((name) => !skipped.test(name) && readable.test(name))
  .concat('.dependency-cruiser.cjs');
const sourceTexts = sourceFiles.map((file) => readFileSync(join(root, file), 'utf8'));
const ownNames = new Set(
  // The names of migrations are the names of their folders.
  [...sourceFiles, ...sourceTexts].join('\n').match(/[a-z]+(?:_[a-z0-9]+)+/gi),
);

/** As `groupRole` of libs/db makes them. */
const roles = serviceNames.map((service) => `metalcast_${service.replaceAll('-', '_')}`);
/** Names of other programs. */
const foreign = new Set([
  ...roles,
  'info_from_instance',
  'pg_dump',
  'add_vhost',
  'set_permissions',
  'resize_rootfs',
]);
const known = [optionNames, optionVariables, ownNames, foreign];

test.each(pages)('%s names options, columns, fields and faults that there are', (page) => {
  const names = codeOf(textOf(page)).filter((code) => /^[a-z]+(?:_[a-z0-9]+)+$/i.test(code));
  const unknown = names.filter((name) => known.every((some) => !some.has(name)));
  expect(unknown).toEqual([]);
});

const camelCase = /(?<![\w-])[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+\b/g;
const identifiers = new Set([
  ...sourceTexts.join('\n').match(camelCase),
  // Of pxelinux, Nest and Mermaid.
  ...['hdN', 'forkJoin', 'stateDiagram'],
]);

test.each(pages)('%s names functions and fields of the code that there are', (page) => {
  const names = codeOf(textOf(page)).flatMap((code) => code.match(camelCase) ?? []);
  expect(names.filter((name) => !identifiers.has(name))).toEqual([]);
});

test('all of this is looked for', () => {
  const every = pages.map(textOf);
  expect(every.flatMap(callsOf).length).toBeGreaterThan(40);
  expect(every.flatMap(variablesOf).length).toBeGreaterThan(100);
  expect(every.flatMap(pathsOf).length).toBeGreaterThan(50);
});

test.each([
  'node foo',
  'node set NODE --pm-adress 10.0.0.1',
  'keys rotat bmc /etc/metalcast/keys',
  'nodes list',
])('metalcast %s would be found', (call) => {
  expect(callsOf(`\`metalcast ${call}\``).map(wrongWith)).toEqual([expect.any(String)]);
});

/** Neither tables nor code, nor a word that is longer than a line. */
const isLongProse = (line) =>
  [...line].length > 120 &&
  !/^(?:\||#| {4})/.test(line) &&
  /^.{0,119}\S \S/u.test(line.trimStart());

test.each(pages.filter((page) => !page.startsWith('docs/generated/')))(
  '%s: lines of prose end at 120 characters',
  (page) => {
    const outsideCode = textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '');
    expect(outsideCode.split('\n').filter(isLongProse)).toEqual([]);
  },
);
