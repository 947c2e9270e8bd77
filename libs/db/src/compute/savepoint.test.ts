import { beforeEach, expect, test } from 'vitest';
import type { Queries } from '../sql/queries.js';
import { SavepointQueries } from './savepoint.js';

const ran: string[] = [];
const note = (query: Parameters<Queries['$queryRaw']>[0]): void => {
  ran.push('raw' in query ? query.join('?') : query.sql);
};
const server: Queries = {
  $queryRaw: <T>(query: Parameters<Queries['$queryRaw']>[0]) => {
    note(query);
    return Promise.resolve([] as T);
  },
  $executeRaw: (query) => {
    note(query);
    return Promise.resolve(1);
  },
};

let sql: SavepointQueries;
beforeEach(() => {
  ran.length = 0;
  sql = new SavepointQueries(server);
});

test('what only reads costs no savepoint, and nothing is rolled back', async () => {
  sql.mark();
  await sql.$queryRaw`SELECT ${1}`;
  await sql.rollBack();
  expect(ran).toEqual(['SELECT ?']);
});

test('the first write after a mark sets a savepoint, and none is released', async () => {
  sql.mark();
  await sql.$executeRaw`UPDATE one`;
  await sql.$executeRaw`UPDATE other`;
  sql.mark();
  await sql.$queryRaw`SELECT`;
  await sql.$executeRaw`UPDATE third`;
  expect(ran).toEqual([
    ...['SAVEPOINT mark', 'UPDATE one', 'UPDATE other'],
    ...['SELECT', 'SAVEPOINT mark', 'UPDATE third'],
  ]);
});

test('what is rolled back is what was written since the mark', async () => {
  await sql.$executeRaw`UPDATE before`;
  sql.mark();
  await sql.rollBack();
  await sql.$executeRaw`UPDATE after`;
  await sql.rollBack();
  await sql.rollBack();
  expect(ran).toEqual([
    ...['SAVEPOINT mark', 'UPDATE before'],
    ...['SAVEPOINT mark', 'UPDATE after', 'ROLLBACK TO SAVEPOINT mark'],
  ]);
});
