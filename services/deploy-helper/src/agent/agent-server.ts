import { randomUUID } from 'node:crypto';
import { agentHello, agentNext, agentReady, agentReport } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { nodeFacingHttp, requestFault } from '@metalcast/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { textLines, wantsText } from './text-lines.js';
import type { Hello } from './hello.js';
import { statusOf } from './http-status.js';
import type { Next } from './next.js';
import { plainAddress } from './peer.js';
import type { DiskOffered } from './disk-offered.js';
import type { Report } from './report.js';

export interface AgentCalls {
  readonly hello: Hello;
  readonly ready: DiskOffered;
  readonly report: Report;
  readonly next: Next;
}

const bodyLimit = 256 * 1024;
/** At most so many mistakes are reported and logged: the answer must not be larger than the body that it refuses. */
const mostIssues = 10;
const longestIssue = 200;

/** The ramdisk's protocol over HTTP (docs/agent-protocol.md). The server does not listen yet. */
export function agentServer(calls: AgentCalls, logger: Logger): FastifyInstance {
  const server = nodeFacingHttp({ bodyLimit });
  server.setErrorHandler((error, request, reply) => fail({ error, request, reply, logger }));
  server.setNotFoundHandler((request, reply) =>
    fail({ error: noSuchThing(request), request, reply, logger }),
  );
  server.post('/v1/agent/hello', async (request, reply) => {
    const hello = parsed(agentHello, request.body);
    return send(request, reply, await calls.hello.greet(hello, plainAddress(request.ip)));
  });
  server.post('/v1/agent/ready', async (request, reply) => {
    const ready = parsed(agentReady, request.body);
    await calls.ready.accept(ready, request.headers.authorization, plainAddress(request.ip));
    return send(request, reply, {});
  });
  server.post('/v1/agent/report', async (request, reply) => {
    const report = parsed(agentReport, request.body);
    await calls.report.hear(report, request.headers.authorization);
    return send(request, reply, {});
  });
  server.get('/v1/agent/next', async (request, reply) => {
    const query = parsed(agentNext, request.query);
    const hangUp = new AbortController();
    // The request's abort, not the socket's: the socket stays open for later requests.
    reply.raw.once('close', () => {
      hangUp.abort(closed);
    });
    const { authorization } = request.headers;
    return send(request, reply, await calls.next.command(query, authorization, hangUp.signal));
  });
  return server;
}

/** Made once: an abort without a reason creates a new error each time, and every held request ends with an abort. */
const closed = new Error('the answer is sent, or its caller has gone');

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) {
    const { issues } = result.error;
    const told = issues
      .slice(0, mostIssues)
      .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`.slice(0, longestIssue));
    const more = issues.length - told.length;
    const reason = [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
    throw new Fault('BAD_REQUEST', { reason });
  }
  return result.data;
}

const noSuchThing = ({ method, url }: FastifyRequest): Fault =>
  new Fault('NOT_FOUND', { what: method, id: url.split('?')[0] ?? '' });

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Readonly<Record<string, string | number>>,
): FastifyReply {
  return wantsText(request.headers.accept)
    ? reply.type('text/plain').send(textLines(fields))
    : reply.type('application/json').send(JSON.stringify(fields));
}

interface Failure {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly logger: Logger;
}

function fail({ error, request, reply, logger }: Failure): FastifyReply {
  const fault = requestFault(error) ?? unexpected(error, logger);
  const [path] = request.url.split('?');
  if (fault.code !== 'INTERNAL') {
    logger.warn({ path, peer: request.ip, code: fault.code }, fault.message);
  }
  const fields = { code: fault.code, message: fault.message };
  return send(request, reply.status(statusOf(fault)), fields);
}

function unexpected(error: unknown, logger: Logger): Fault {
  const reference = randomUUID();
  logger.error({ err: error, reference }, "a ramdisk's request failed unexpectedly");
  return new Fault('INTERNAL', { reference, service: 'deploy-helper' }, { cause: error });
}
