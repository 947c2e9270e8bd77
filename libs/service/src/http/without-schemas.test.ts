import fastify from 'fastify';
import { expect, test } from 'vitest';
import { withoutSchemas } from './without-schemas.js';

test('bodies and answers of JSON need no schema', async () => {
  const server = fastify({ schemaController: withoutSchemas });
  server.post('/echo', ({ body }) => ({ body }));
  const payload = { nodes: [1, 2] };
  const answer = await server.inject({ method: 'POST', url: '/echo', payload });
  expect(answer.json()).toEqual({ body: payload });
  expect((await server.inject({ url: '/nowhere' })).statusCode).toBe(404);
});

test("a route with a schema prevents the server's start", async () => {
  const server = fastify({ schemaController: withoutSchemas });
  server.post('/echo', { schema: { body: { type: 'object' } } }, ({ body }) => ({ body }));
  await expect(server.ready()).rejects.toThrow('zod');
});
