import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { regressions } from './passing.mjs';
import { report } from './report.mjs';

const runner = fileURLToPath(new URL('run_suite.py', import.meta.url));
const cases = `
import unittest

class Cases(unittest.TestCase):
    def tearDown(self):
        if 'twice' in self.id():
            raise ValueError('clean-up')
    def test_fails_twice(self):
        self.fail('first')
    def test_passes(self):
        pass
    def test_skipped(self):
        self.skipTest('not here')
    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise ValueError('no set-up')
    def test_never_runs(self):
        pass
`;

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
  mkdirSync(join(folder, 'sample'));
  writeFileSync(join(folder, 'sample/__init__.py'), '');
  writeFileSync(join(folder, 'sample/test_cases.py'), cases);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(...part) {
  const file = join(folder, 'results');
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  execFileSync('/usr/bin/python3', [runner, 'sample', file, ...part], { env });
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

test('each test has one outcome, and a failure the first reason', () => {
  const of = (name) => `sample.test_cases.Cases.test_${name}`;
  const results = run();
  expect(results).toHaveLength(5);
  expect(results).toEqual(
    expect.arrayContaining([
      { id: of('fails_twice'), outcome: 'failed', why: 'first' },
      { id: of('passes'), outcome: 'passed', why: '' },
      { id: of('skipped'), outcome: 'skipped', why: 'not here' },
      { id: of('expected'), outcome: 'passed', why: '' },
      { id: 'setUpClass (sample.test_cases.Broken)', outcome: 'failed', why: 'no set-up' },
    ]),
  );
});

test('a part of the id selects tests', () => {
  expect(run('passes').map(({ outcome }) => outcome)).toEqual(['passed']);
});

const results = [
  { id: 'a', outcome: 'passed', why: '' },
  { id: 'b', outcome: 'failed', why: 'because' },
  { id: 'c', outcome: 'skipped', why: 'not here' },
];

test('what failed, was skipped or did not run has regressed if it passed before', () => {
  expect(regressions(['a', 'b', 'c', 'd'], results)).toEqual(['b', 'c', 'd']);
  expect(regressions(['a'], results)).toEqual([]);
});

test('the report ends with the counts', () => {
  expect(report('some', results, ['b'])).toBe(
    '  b\n    because\nno longer passes: b\nsome: 1 passed, 1 failed, 1 skipped',
  );
});
