import { expect, test } from 'vitest';
import { runTool } from './run-tool.js';

test.each([
  ['boots', '--nodez 5', "Unknown option '--nodez'"],
  ['boots', '--nodes a', '--nodes takes whole numbers from 1 on, not a'],
  ['boots', '--nodes 1,,2', '--nodes takes whole numbers from 1 on, not 1,,2'],
  ['boots', '--warm -1', '--warm'],
  ['scheduler', '--nodes 0', '--nodes takes whole numbers from 1 on, not 0'],
  ['lists', '--nodes 1,2', '--nodes takes one number, not 1,2'],
])('bench %s %s is refused with its usage', (name, options, sentence) => {
  const { status, stdout, stderr } = runTool(['test/bench/run.mjs', name, ...options.split(' ')]);
  expect([status, stdout]).toEqual([2, '']);
  const [first, ...rest] = stderr.trimEnd().split('\n');
  expect(first).toContain(sentence);
  expect(rest.at(-1)).toMatch(new RegExp(`^Usage: npm run bench -- ${name} \\[--`));
  expect(stderr).not.toContain('    at ');
});

test.each([
  ['', 'one system must be named'],
  ['constructor', 'one system must be named'],
  ['debian extra', 'one system must be named'],
  ['debian --table bsd', '--table bsd: must be gpt or mbr'],
  ['debian --tables gpt', "Unknown option '--tables'"],
])('the builder of images refuses "%s" with its usage', (words, sentence) => {
  const given = words === '' ? [] : words.split(' ');
  const { status, stdout, stderr } = runTool(['images/build.mjs', ...given]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr).toMatch(/\nUsage: npm run image -- debian \[--table gpt\|mbr\] \[--json\]\n$/);
});

test('without a database the difference to the schema is a sentence, no stack', () => {
  const env = { ...process.env };
  delete env['DATABASE_URL'];
  const { status, stderr } = runTool(['prisma/diff.mjs', '--new', 'nothing'], env);
  expect([status, stderr.trimEnd().split('\n')]).toEqual([
    2,
    [expect.stringContaining('DATABASE_URL must name a PostgreSQL server')],
  ]);
});
