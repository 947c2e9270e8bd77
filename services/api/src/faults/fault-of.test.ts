import { HttpException } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { RouteTable } from '../http/routing/route-table.js';
import { faultOf } from './fault-of.js';

const request = { method: 'GET', url: '/compute/v2.1/nothing' };
const codeOf = (error: unknown): string | undefined =>
  faultOf(error, request, new RouteTable())?.code;

test('a fault stays what it is, a bug has no name', () => {
  expect(codeOf(new Fault('CONFLICT', { reason: 'x' }))).toBe('CONFLICT');
  expect(codeOf(new Error('x'))).toBeUndefined();
  expect(codeOf('x')).toBeUndefined();
});

test.each([
  [400, 'BAD_REQUEST'],
  [404, 'NOT_FOUND'],
  [413, 'TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA'],
  [503, 'UNAVAILABLE'],
  [500, undefined],
])("the framework's %i", (status, code) => {
  expect(codeOf(new HttpException('x', status))).toBe(code);
});

test('a database that is away is no bug', async () => {
  const url = 'postgresql://nobody@127.0.0.1:1/nothing';
  const database = new ModelDatabase({ url, poolSize: 1, applicationName: 'test' });
  const error: unknown = await database.prisma.user.findMany().catch((caught: unknown) => caught);
  expect(codeOf(error)).toBe('UNAVAILABLE');
  await database.close();
});
