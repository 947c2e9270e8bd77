import type { FastifyServerOptions } from 'fastify';

const refuse = (): never => {
  throw new Error('A route has a schema of Fastify: bodies are checked by zod.');
};

/**
 * For every Fastify server. Without these compilers of JSON schemas Fastify loads its own, with ajv: a quarter of a
 * service's bundle, which no route needs. The bundler leaves them out.
 */
export const withoutSchemas = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
} satisfies FastifyServerOptions['schemaController'];
