import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Compute microversions are 2.N; these are the N that are spoken. What a higher one brings must work: 2.26, which
 * comes next, brings the tags of servers.
 */
export const computeMinors = { min: 1, max: 25 } as const;

export const computeVersion = (minor: number): string => `2.${minor}`;

/** The microversion of one request. */
export class Microversion {
  constructor(readonly minor: number) {}

  /** `version.since(19)`: whether the client speaks 2.19 or later. */
  since(minor: number): boolean {
    return this.minor >= minor;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    microversion?: Microversion;
  }
}

type Headers = FastifyRequest['headers'];

/**
 * The version that a compute request asks for: `OpenStack-API-Version: compute 2.N`, else
 * `X-OpenStack-Nova-API-Version: 2.N`, else 2.1; `latest` is the highest.
 * Faults: BAD_REQUEST when malformed, VERSION_NOT_SUPPORTED when out of range.
 */
export function negotiate(headers: Headers): Microversion {
  const text = requested(headers);
  if (text === undefined) {
    return new Microversion(computeMinors.min);
  }
  if (text === 'latest') {
    return new Microversion(computeMinors.max);
  }
  const [, major, minor] = /^([1-9]\d*)\.(0|[1-9]\d*)$/.exec(text) ?? [];
  if (major === undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `API Version String ${text} is of invalid format. Must be of format MajorNum.MinorNum.`,
    });
  }
  const number = Number(minor);
  if (major !== '2' || number < computeMinors.min || number > computeMinors.max) {
    throw new Fault('VERSION_NOT_SUPPORTED', {
      version: text,
      minimum: computeVersion(computeMinors.min),
      maximum: computeVersion(computeMinors.max),
    });
  }
  return new Microversion(number);
}

function requested(headers: Headers): string | undefined {
  const current = [headers['openstack-api-version'] ?? []].flat().join(',');
  const [, compute] = /(?:^|,)\s*compute\s+([^\s,]+)/i.exec(current) ?? [];
  const legacy = headers['x-openstack-nova-api-version'];
  return compute ?? (typeof legacy === 'string' ? legacy.trim() : undefined);
}

/** Negotiates the version of every compute request and tells it in the answer. */
export function negotiateMicroversions(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith('/compute/v2.1/')) {
      done();
      return;
    }
    try {
      request.microversion = negotiate(request.headers);
      tell(reply, request.microversion);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

function tell(reply: FastifyReply, { minor }: Microversion): void {
  reply.header('openstack-api-version', `compute ${computeVersion(minor)}`);
  reply.header('x-openstack-nova-api-version', computeVersion(minor));
  reply.header('vary', 'OpenStack-API-Version, X-OpenStack-Nova-API-Version');
}

/** Parameter decorator: the request's `Microversion`. */
export const RequestVersion = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionOf(context),
);

export const versionOf = (context: ExecutionContext): Microversion =>
  context.switchToHttp().getRequest<FastifyRequest>().microversion ??
  new Microversion(computeMinors.min);
