import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, describe, it, vi } from 'vitest';
import { noUntrustedKey } from './no-untrusted-key.mjs';

Object.assign(RuleTester, { afterAll, describe, it, itOnly: it.only });

// The first case makes the program of all types.
vi.setConfig({ testTimeout: 60_000 });

const tester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: {
      projectService: { allowDefaultProject: ['*.ts'] },
      tsconfigRootDir: import.meta.dirname,
    },
  },
});
const given = `
declare const record: Record<string, number>, row: { a: number; b: number }, list: string[];
declare const text: string, known: 'a' | 'b', nth: number, maybe: string | undefined, any: any;
`;
const each = (codes, messageId) =>
  codes.map((code) => ({
    code: given + code,
    ...(messageId === undefined ? {} : { errors: [{ messageId }] }),
  }));

tester.run('no-untrusted-key', noUntrustedKey, {
  valid: each([
    'row[known];',
    'record[known] = 1;',
    "record['a'];",
    'list[nth];',
    'new Map<string, number>().get(text);',
    'Object.hasOwn(record, text) ? record[text] : 0;',
    'Object.hasOwn(record, text) && record[text] > 0;',
    'const copy = { [text]: 1 };',
    'known in row;',
    'function of<T extends object, K extends keyof T>(value: T, key: K) { return value[key]; }',
  ]),
  invalid: [
    ...each(
      [
        'record[text];',
        'record[text] = 1;',
        'record?.[text];',
        'record[any];',
        'Object.hasOwn(row, text) ? record[text] : 0;',
        'Object.hasOwn(record, text) ? 0 : record[text];',
        'Object.hasOwn(record, text) || record[text];',
        'maybe !== undefined && record[maybe];',
      ],
      'key',
    ),
    ...each(['text in record;', 'list[0] in record;'], 'in'),
  ],
});
