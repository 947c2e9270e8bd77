import type { SchedulingNode } from '@metalcast/db/scheduler';
import { Fault } from '@metalcast/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { verdictOf, type Question, type Verdict } from '../testing/a-verdict.js';
import { worlds } from '../testing/arbitrary-world.js';

const columns: Readonly<Record<string, string>> = {
  '--arch': 'cpu_arch',
  '--cpus': 'cpus',
  '--memory-mb': 'memory_mb',
  '--rack': 'rack',
};

/** Splits a command line as a shell does. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Changes the node as `metalcast node set` does. */
function applied(node: Partial<SchedulingNode>, command: string): Partial<SchedulingNode> {
  const words = wordsOf(command).slice(4);
  const at = words.indexOf('--capability');
  const fields = at === -1 ? words : words.slice(0, at);
  const pairs = at === -1 ? undefined : words.slice(at + 1);
  const changes = fields.flatMap((word, index): [string, string | number][] => {
    const column = columns[word];
    const value = fields[index + 1] ?? '';
    return column === undefined ? [] : [[column, /^\d+$/.test(value) ? Number(value) : value]];
  });
  const capabilities = pairs?.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1),
  ]);
  return {
    ...node,
    ...Object.fromEntries(changes),
    ...(capabilities === undefined ? {} : { capabilities: Object.fromEntries(capabilities) }),
  };
}

const commandOf = ({ change }: Verdict): string | undefined =>
  /\((metalcast node set .*?)\)(?:, or |$)/.exec(change ?? '')?.[1];

const keysOf = ({ change }: Verdict): string[] =>
  (/change the flavor's extra specs? (.*)$/.exec(change ?? '')?.[1] ?? '').split(/, | and /);

/** Follows the advice until the node passes: a filter of kinds and nodes reports one miss after the other. */
function following(question: Question, change: (one: Question, told: Verdict) => Question): number {
  let current = question;
  for (let times = 0; times < 3; times += 1) {
    const told = verdictOf(current);
    if (told === undefined) {
      return times;
    }
    current = change(current, told);
  }
  return Infinity;
}

test('ComputeCapabilitiesFilter: a node passes after the advised change of the node or the flavor', () => {
  let commands = 0;
  fc.assert(
    fc.property(worlds, ({ rows, request }) => {
      for (const node of rows) {
        const question: Question = {
          filter: 'ComputeCapabilitiesFilter',
          node: { ...node, id: 1 },
          request,
        };
        try {
          verdictOf(question);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          return;
        }
        const byFlavor = following(question, (one, told) => {
          const left = Object.entries(one.request!.flavor.extra_specs);
          const keys = keysOf(told);
          const extra_specs = Object.fromEntries(left.filter(([key]) => !keys.includes(key)));
          return { ...one, request: aRequest({ flavor: aFlavor({ extra_specs }) }) };
        });
        expect(byFlavor).toBeLessThanOrEqual(2);
        const unsaid: Verdict[] = [];
        const byNode = following(question, (one, told) => {
          const command = commandOf(told);
          if (command !== undefined) {
            return { ...one, node: applied(one.node!, command) };
          }
          unsaid.push(told);
          return one;
        });
        if (unsaid.length === 0) {
          expect(byNode).toBeLessThanOrEqual(2);
          commands += byNode;
        }
      }
    }),
    { seed: 5, numRuns: 80 },
  );
  expect(commands).toBeGreaterThan(20);
});
