// What the pages for people say that can be looked up: links, paths, options, commands.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const folders = ['docs', 'prisma', 'test/bench'];
const inFolder = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** Paths of all pages, from the root. */
export const pages = ['README.md', 'DESIGN.md', 'CHANGELOG.md', ...folders.flatMap(inFolder)];

export const textOf = (page) => readFileSync(join(root, page), 'utf8');

/** Where each relative link leads: a path from the root, and the heading it names or ''. */
export const linksOf = (page, text = textOf(page)) =>
  [...text.matchAll(/\]\(([^)\s]*)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, heading = ''] = target.split('#');
      return { path: path === '' ? page : normalize(join(dirname(page), path)), heading };
    });

/** The names by which links reach a page's headings. */
export const headingsOf = (text) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

const fenced = /^```[^\n]*\n(.*?)^```/gms;
const inline = /`([^`\n]+)`/g;
const indented = /^ {4,}(.+)$/gm;
const continued = /\\\n\s*/g;

/** All that stands as code: spans, and lines of blocks, those that end in a backslash with what follows. */
export function codeOf(text) {
  const whole = text.replaceAll(continued, '');
  const blocks = [...whole.matchAll(fenced)].flatMap(([, block]) => block.split('\n'));
  const rest = whole.replaceAll(fenced, '');
  const spans = [inline, indented].flatMap((form) =>
    [...rest.matchAll(form)].map(([, code]) => code),
  );
  return [...blocks, ...spans];
}

/** The words behind `metalcast` of each call of the command, without what stands in quotes or behind a comment sign. */
export const callsOf = (text) =>
  codeOf(text).flatMap((code) =>
    [...code.matchAll(/(?:^|npx |&& |\$\()metalcast +([a-z-][^|;&]*)/g)].map(([, words]) =>
      words
        .replace(/ #.*$/, '')
        .replaceAll(/"[^"]*"|'[^']*'/g, 'x')
        .trim()
        .split(/\s+/),
    ),
  );

const topFolders = 'cli|deploy|docs|lab|libs|lint|prisma|ramdisk|release|services|test';
const builtOrPattern = /\/(?:dist|build|generated)(?:\/|$)|[*<>{}…$]|NAME|0001/;

/** Paths of the repository that stand as code, but for patterns and what only a build makes. */
export const pathsOf = (text) =>
  codeOf(text)
    .flatMap(
      (code) =>
        code.match(new RegExp(`(?<![\\w/.@-])(?:${topFolders})/[\\w./@*<>{}…$-]+`, 'g')) ?? [],
    )
    .map((path) => path.replace(/[.,:]+$/, ''))
    .filter((path) => !builtOrPattern.test(path));

export const variablesOf = (text) => [
  ...new Set(text.match(/\b(?:METALCAST_[A-Z0-9_]+|DATABASE_URL(?:_FILE)?|AMQP_URL(?:_FILE)?)\b/g)),
];
