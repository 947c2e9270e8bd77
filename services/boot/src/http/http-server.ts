import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { nodeFacingHttp } from '@metalcast/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BootFiles, Served } from '../files/boot-files.js';
import { loaderFile } from '../files/loaders.js';
import { byteRange } from './byte-range.js';
import { requestedBy } from '../files/request-path.js';

/** For the form of cloud-init's call; no other request has a body. */
const bodyLimit = 64 * 1024;

/** Where boot loaders are, for firmware that boots over HTTP. */
export const loadersPath = 'loaders/';

/** Serves the boot scripts, kernels, ramdisks, tokens and boot loaders over HTTP. */
export function bootHttpServer(files: BootFiles): FastifyInstance {
  const server = nodeFacingHttp({ bodyLimit });
  server.get('/boot/*', async (request, reply) => {
    const requested = requestedBy(request.url);
    // A TCP connection proves that the peer's address is not forged.
    const served = requested && (await files.serveProven(requested, request.ip));
    return served === undefined
      ? reply.code(404).type('text/plain').send('nothing to boot\n')
      : send(served, request, reply);
  });
  server.get<{ Params: { name: string } }>(
    `/${loadersPath}:name`,
    // Firmware asks for the size first, by HEAD.
    { exposeHeadRoute: true },
    async (request, reply) => {
      const loader = loaderFile(request.params.name);
      return loader === undefined
        ? reply.code(404).type('text/plain').send('no such loader\n')
        : sendFile(loader, request, reply);
    },
  );
  return server;
}

async function send(
  served: Served,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (served.kind) {
    case 'text':
      return reply.header('cache-control', 'no-store').type('text/plain').send(served.text);
    case 'bytes':
      return reply
        .header('cache-control', 'no-store')
        .type('application/octet-stream')
        .send(served.bytes);
    case 'file':
      return sendFile(served.path, request, reply);
  }
}

async function sendFile(
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) {
    return reply.code(404).type('text/plain').send('not in the cache\n');
  }
  const range = byteRange(request.headers.range, found.size);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${found.size}`).send();
  }
  const { start, end } = range ?? { start: 0, end: found.size - 1 };
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${start}-${end}/${found.size}`);
  }
  return reply
    .header('accept-ranges', 'bytes')
    .header('content-length', end - start + 1)
    .type('application/octet-stream')
    .send(createReadStream(path, { start, end: Math.max(end, 0) }));
}
