import fastify from 'fastify';
import { expect, test } from 'vitest';
import { RouteTable } from './route-table.js';

test('the methods of a path, by its pattern', () => {
  const server = fastify();
  const routes = new RouteTable();
  routes.watch(server);
  server.get('/v2.0/ports', () => '');
  server.post('/v2.0/ports', () => '');
  server.delete('/v2.0/ports/:id', () => '');
  server.put('/v2.0/ports::all', () => '');
  expect(routes.methodsOf('/v2.0/ports?x=/v2.0/ports/1')).toEqual(['GET', 'HEAD', 'POST']);
  expect(routes.methodsOf('/v2.0/ports/')).toEqual(['GET', 'HEAD', 'POST']);
  expect(routes.methodsOf('/v2.0/ports/1')).toEqual(['DELETE']);
  expect(routes.methodsOf('/v2.0/ports/1/2')).toEqual([]);
  expect(routes.methodsOf('/v2.0/ports:all')).toEqual(['PUT']);
  expect(routes.methodsOf('/v2.0/ports:none')).toEqual([]);
  expect(routes.methodsOf('/v2x0/ports')).toEqual([]);
});
