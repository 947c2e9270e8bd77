// The tests that pass, in a file for each suite: one that does not pass any more is a regression.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (suite) => fileURLToPath(new URL(`passing/${suite}.txt`, import.meta.url));

export function passingTests(suite) {
  const file = fileOf(suite);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

export function recordPassing(suite, results) {
  writeFileSync(fileOf(suite), `${passedIn(results).sort().join('\n')}\n`);
}

/** The tests of `expected` that did not pass, or did not run. */
export function regressions(expected, results) {
  const passed = new Set(passedIn(results));
  return expected.filter((id) => !passed.has(id));
}

const passedIn = (results) =>
  results.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id);
