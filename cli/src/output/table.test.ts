import { expect, test } from 'vitest';
import { properties, table } from './table.js';

test('columns are as wide as their widest cell, and lines have no trailing blanks', () => {
  expect(
    table(
      ['ID', 'NAME'],
      [
        ['1', 'a long name'],
        ['200', ''],
      ],
    ),
  ).toBe('ID   NAME\n1    a long name\n200');
});

test('a table without rows is its heading', () => {
  expect(table(['ID', 'NAME'], [])).toBe('ID  NAME');
});

test('properties without a value are left out', () => {
  expect(
    properties([
      ['uuid', 'u'],
      ['name', ''],
      ['id', '1'],
    ]),
  ).toBe('uuid  u\nid    1');
});
