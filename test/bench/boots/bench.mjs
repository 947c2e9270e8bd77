// npm run bench -- boots [--nodes 1,20,60] [--one-request] [--profile] [--warm 20] [--top 0] [--budget FILE | none]
// Boots servers on simulated nodes, all at once, then one after the other, and deletes them: what each costs in CPU by
// process, in statements by service, in transactions and in messages. More than a tenth above the budget is a failure.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { numberOf, numbersOf } from '../usage.mjs';
import { measure } from './measure.mjs';
import { tellPhase, warnOfOldServices } from './progress.mjs';
import { inOneLine, overBudget, report } from './report.mjs';
import { withCloud } from './with-cloud.mjs';

const options = {
  nodes: { type: 'string', default: '60' },
  'one-request': { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  warm: { type: 'string', default: '20' },
  top: { type: 'string', default: '0' },
  budget: { type: 'string', default: fileURLToPath(new URL('budget.json', import.meta.url)) },
};

export const usage =
  '[--nodes 1,20,60] [--one-request] [--profile] [--warm 20] [--top 0] [--budget FILE | none]';

export async function bench(args) {
  const { values } = parseArgs({ args, options });
  const sizes = numbersOf('nodes', values.nodes);
  const nodes = Math.max(...sizes);
  const warm = Math.min(nodes, numberOf('warm', values.warm, 0));
  const top = numberOf('top', values.top, 0);
  warnOfOldServices();
  tellPhase(`starting a cloud with ${nodes} simulated nodes`);
  await withCloud({ nodes, profile: values.profile }, async (place) => {
    const rows = await measure(place, { sizes, warm, oneRequest: values['one-request'] });
    process.stdout.write(`\n${report(rows, top)}\n`);
    if (place.profiles !== undefined) {
      process.stdout.write(`\n${place.profiles.report()}\n`);
    }
    process.stdout.write(`load average ${loadavg()[0].toFixed(1)}\n`);
    tellBudget(rows, values.budget);
    for (const { size, together } of rows.bySize) {
      process.stdout.write(`${inOneLine(size, together, rows)}\n`);
    }
  });
}

function tellBudget(rows, file) {
  if (file !== 'none') {
    const over = overBudget(rows, JSON.parse(readFileSync(file, 'utf8')));
    process.stdout.write(over.map((line) => `over the budget: ${line}\n`).join(''));
    process.exitCode = over.length > 0 ? 1 : 0;
  }
}
