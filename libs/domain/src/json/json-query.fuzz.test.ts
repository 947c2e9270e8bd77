// Whatever a user writes as a query: it is understood, or refused as malformed.
import { hostileJson, hostileName, hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../faults/fault.js';
import { parseJsonQuery, type JsonQuery } from './json-query.js';

const operators = ['=', '<', '>', '<=', '>=', 'in', 'not', 'or', 'and'] as const;
const operator = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...operators) },
  { weight: 1, arbitrary: hostileName('==') },
);
const { query } = fc.letrec<{ query: unknown; term: unknown }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'medium' },
    { weight: 4, arbitrary: hostileName().map((name) => `$${name}`) },
    { weight: 2, arbitrary: hostileText },
    { weight: 1, arbitrary: hostileJson },
    { weight: 4, arbitrary: tie('query') },
  ),
  query: fc
    .tuple(operator, fc.array(tie('term'), { maxLength: 4 }))
    .map(([name, terms]) => [name, ...terms]),
}));
const asked = fc.oneof(
  query,
  query.map((value) => JSON.stringify(value)),
  hostileJson,
  hostileText,
);
const answer = fc.oneof(fc.constantFrom(undefined, null, true, 0, Number.NaN), hostileText);

function understood(value: unknown): JsonQuery | undefined {
  try {
    return parseJsonQuery(value);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code: 'QUERY_MALFORMED' });
    expect((error as Fault).message.length).toBeLessThan(1_000);
    return undefined;
  }
}

test('a query is judged of any node, and by its text as by its value', () => {
  let judged = 0;
  fc.assert(
    fc.property(asked, fc.array(answer, { minLength: 1 }), (value, answers) => {
      const read = understood(value);
      if (read === undefined) return;
      judged += 1;
      const verdict = (of: JsonQuery): { verdict: boolean; asked: number } => {
        let lookups = 0;
        const matches = of.matches(() => answers[lookups++ % answers.length]);
        return { verdict: matches, asked: lookups };
      };
      expect(verdict(parseJsonQuery(read.text))).toEqual(verdict(read));
      // Each attribute once for each time that it is named: a node is not asked more than the query is long.
      expect(verdict(read).asked).toBeLessThanOrEqual(read.text.split('$').length - 1);
    }),
    { numRuns: 500 },
  );
  expect(judged).toBeGreaterThan(50);
});

test.each([
  ['brackets', '['.repeat(1_000_000)],
  ['a query in a query', `${'["not",'.repeat(100_000)}[]${']'.repeat(100_000)}`],
  ['objects', `["and",${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]`],
])('%s without end are refused, and nothing runs out of stack', (_, text) => {
  expect(understood(text)).toBeUndefined();
});
