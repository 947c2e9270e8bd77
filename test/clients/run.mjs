// npm run test:clients [-- SUITE... [--only PART | --record]]: runs OpenStack's own test suites, from Debian's
// packages, against simulated clouds. See README.md.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare } from '../../lab/setup/prepare.mjs';
import { passingTests, recordPassing, regressions } from './passing.mjs';
import { report } from './report.mjs';
import { suites } from './suites.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const say = (text) => process.stdout.write(`${text}\n`);

/** True when every test that is recorded as passing passes. */
async function runAll(names, { only, record }) {
  // Only `prepare` compiles the packages that it imports.
  const { runSuite } = await import('./run-suite.mjs');
  let good = true;
  for (const name of names) {
    say(`\n== ${name}`);
    const results = await runSuite(suites[name], only);
    if (record) {
      recordPassing(name, results);
    }
    const expected = passingTests(name).filter((id) => id.includes(only));
    const regressed = regressions(expected, results);
    say(report(name, results, regressed));
    good &&= regressed.length === 0;
  }
  return good;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, record: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0 || (values.record && values.only !== '')) {
  const known = `Suites: ${Object.keys(suites).join(', ')}`;
  process.stderr.write(
    `Usage: npm run test:clients [-- SUITE... [--only PART | --record]]\n${known}\n`,
  );
  process.exitCode = 2;
} else {
  prepare({ purpose: 'clients', root });
  const names = positionals.length > 0 ? positionals : Object.keys(suites);
  process.exitCode = (await runAll(names, values)) ? 0 : 1;
}
