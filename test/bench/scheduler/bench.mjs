// npm run bench -- scheduler [--nodes 1000,10000,100000] [--only selection,explain,claims,path] [--seconds 2]
// Prints figures beside what is aimed at, beside a baseline measured in the same run, and what limits them.
import { parseArgs } from 'node:util';
import { numbersOf } from '../usage.mjs';
import { measureClaims } from './claims.mjs';
import { measureExplain } from './explain.mjs';
import { measurePath } from './path.mjs';
import { reportClaims, reportExplain, reportPath, reportSelection } from './reports.mjs';
import { measureSelection } from './selection.mjs';

const explained = 100_000;
const say = (text) => process.stdout.write(`\n${text}\n`);

const parts = {
  selection: ({ nodes, seconds }) => {
    for (const count of nodes) say(reportSelection(measureSelection(count, seconds)));
  },
  explain: () => say(reportExplain(explained, measureExplain(explained))),
  claims: async () => say(reportClaims(await measureClaims())),
  path: async () => say(reportPath(await measurePath())),
};

export const usage =
  '[--nodes 1000,10000,100000] [--only selection,explain,claims,path] [--seconds 2]';

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      nodes: { type: 'string', default: '1000,10000,100000' },
      only: { type: 'string', default: Object.keys(parts).join(',') },
      seconds: { type: 'string', default: '2' },
    },
  });
  const given = { nodes: numbersOf('nodes', values.nodes), seconds: Number(values.seconds) };
  for (const name of values.only.split(',')) {
    await parts[name](given);
  }
}
