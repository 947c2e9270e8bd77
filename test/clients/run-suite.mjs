// Runs one suite against a cloud of its own, so that what a suite leaves behind does not disturb the next one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@metalcast/exec';
import { writeSettings } from './settings.mjs';
import { withCloud } from './with-cloud.mjs';

const runner = fileURLToPath(new URL('run_suite.py', import.meta.url));
const suiteMs = 3_600_000;

/** The results of the tests of a Python package; `part` selects tests by a part of their id. */
export async function runSuite(tests, part) {
  let results;
  await withCloud(async (cloud) => {
    const file = join(cloud.folder, 'results');
    // The suites pass the password in the arguments of commands, which are in the reason when one fails.
    const withoutPassword = (text) => text.replaceAll(cloud.password, '***');
    const { exitCode, stderr } = await run('/usr/bin/python3', [runner, tests, file, part], {
      cwd: cloud.folder,
      env: writeSettings(cloud.folder, cloud),
      timeoutMs: suiteMs,
    });
    if (exitCode !== 0) {
      throw new Error(`the tests of ${tests} ended early: ${withoutPassword(stderr).slice(-2000)}`);
    }
    results = resultsIn(withoutPassword(readFileSync(file, 'utf8')));
  });
  return results;
}

const resultsIn = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
