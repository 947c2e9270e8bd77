import type { Logger } from '@metalcast/log';
import type { FastifyInstance } from 'fastify';

/** Longer paths are cut: what a stranger sends must not fill the disk. */
const longestPath = 500;

/**
 * One line for each answer: who asked for what, and what came of it. Neither query, headers nor bodies, which may have
 * secrets. Also of a request whose client left before its answer.
 */
export function logAccess(server: FastifyInstance, logger: Logger): void {
  // The fields are these, and none is secret: to look for secrets would cost ten times the line.
  const lines = logger.child({}, { redact: [] });
  server.addHook('onResponse', (request, reply, done) => {
    const { caller, id: requestId, method, url } = request;
    const [path = ''] = url.split('?', 1);
    lines.info(
      {
        ...{ requestId, method, path: path.slice(0, longestPath), status: reply.statusCode },
        ms: Math.round(reply.elapsedTime),
        projectId: caller?.projectId,
        userId: caller?.userId,
      },
      'request',
    );
    done();
  });
}
