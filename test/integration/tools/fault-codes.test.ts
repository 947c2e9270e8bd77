// No fault is documented that nothing raises, none is raised that no test holds, and operators find each.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';

const table = 'libs/domain/src/faults/faults.ts';
const codes = Object.keys(faults) as FaultCode[];

const textOf = (files: readonly string[]): string =>
  files.map((file) => readFileSync(file, 'utf8')).join('\n');

/** All TypeScript below the folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

const packages = ['libs', 'services'].flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name)),
);
const sources = [...packages, 'cli', 'lab']
  .flatMap((folder) => filesIn(join(folder, 'src')))
  .filter(
    (file) =>
      file !== table && !/generated|^libs\/testing\/|^services\/api\/src\/openapi\//.test(file),
  );
const isTest = (file: string): boolean => file.endsWith('.test.ts');
const tests = [
  ...sources.filter(isTest),
  ...['test/integration', 'test/e2e'].flatMap(filesIn),
].filter((file) => !file.endsWith('fault-codes.test.ts'));

/** Answers to requests of which the tests check the HTTP status. */
const heldByStatus: Partial<Record<FaultCode, number>> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  URI_TOO_LONG: 414,
  EXPECTATION_FAILED: 417,
  NOT_IMPLEMENTED: 501,
};

/** The message that the scheduler logs is checked, in its storm tests. */
const heldByMessage: readonly FaultCode[] = ['PLACEMENT_CONTENDED'];

test('every fault of the table is raised', () => {
  const raised = textOf(sources.filter((file) => !isTest(file)));
  expect(codes.filter((code) => !raised.includes(`'${code}'`))).toEqual([]);
});

test('every fault of the table is held by a test', () => {
  const held = textOf(tests);
  const unheld = codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(held));
  expect(unheld.sort()).toEqual([...Object.keys(heldByStatus), ...heldByMessage].sort());
  const statuses = Object.values(heldByStatus).filter((status) => !held.includes(String(status)));
  expect(statuses).toEqual([]);
});

test('every fault with which a server can end is on the page for operators', () => {
  const page = readFileSync('docs/operating/repair.md', 'utf8');
  const rows = [...page.matchAll(/`([A-Z][A-Z_]+)(…?)`/g)];
  const names = (code: string): boolean =>
    rows.some(([, name, more]) => (more === '' ? code === name : code.startsWith(name ?? '?')));
  const unnamed = serverFaults.filter((code) => !names(code));
  expect(unnamed).toEqual([]);
});

/** Those that the services beside the api raise about an operation. */
const serverFaults = ((): FaultCode[] => {
  const work = sources.filter(
    (file) =>
      !isTest(file) && /^services\/(compute|scheduler|power|boot|deploy-helper)\//.test(file),
  );
  const milestones = 'libs/domain/src/nodes/milestones.ts';
  const raised = textOf([...work, milestones]);
  const ofRequests = codes.filter((code) => faults[code].http < 500);
  return codes.filter((code) => raised.includes(`'${code}'`) && !ofRequests.includes(code));
})();
