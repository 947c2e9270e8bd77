import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { availableFilters, defaultFilters } from './filters/index.js';
import { availableWeighers } from './weighers/index.js';

const page = readFileSync(new URL('../../../docs/placement.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const rowOf = (name: string): string | undefined =>
  rows.find((row) => row.split('|')[1]?.includes(`\`${name}\``));

const hinted = /^(Same|Different)\w+Filter$/;

test.each(availableFilters.map(({ name }) => name).filter((name) => !hinted.test(name)))(
  'the page tells of %s, and whether it is on',
  (name) => {
    const mark = rowOf(name)?.split('|').at(-2)?.trim();
    expect([mark]).toEqual(
      mark === 'always' ? ['always'] : [defaultFilters.includes(name) ? '✓' : ''],
    );
  },
);

test.each(availableWeighers.map(({ name, defaultMultiplier }) => [name, defaultMultiplier]))(
  'the page tells of %s, and its multiplier',
  (name, multiplier) => {
    expect(rowOf(name)?.split('|').at(-2)?.trim()).toBe(String(multiplier));
  },
);
