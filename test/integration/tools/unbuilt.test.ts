// The docs are made of what is built: what is older than its sources is named.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unbuilt } from '../../../docs/unbuilt.mjs';
import { runTool } from './run-tool.js';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metalcast-unbuilt-'));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { composite: true, types: [] }, files: ['table.ts'] }),
  );
  writeFileSync(join(folder, 'table.ts'), 'export const rows = 1;\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('what was never built, and what has changed since, is unbuilt', () => {
  const name = folder.slice(tmpdir().length + 1);
  expect(unbuilt(tmpdir(), [folder])).toEqual([name]);
  expect(runTool([compiler, '--build', folder]).status).toBe(0);
  expect(unbuilt(tmpdir(), [folder])).toEqual([]);
  writeFileSync(join(folder, 'table.ts'), 'export const rows = 2;\n');
  expect(unbuilt(tmpdir(), [folder])).toEqual([name]);
});
