import {
  createParamDecorator,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { Fault } from '@metalcast/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * The minor versions of the compute API that are served. What they have added is there, or is refused with a sentence
 * where a bare-metal node has no such thing: tags and device tags (2.26, 2.32, 2.42, 2.49, 2.52), consoles (2.6, 2.8),
 * key pairs that are certificates (2.2), forced-down services (2.11), crash dumps (2.17), migrations (2.22 to 2.25) and
 * diagnostics (2.48). `networks` may be left out (2.37). The next one, 2.53, names hypervisors and services by UUIDs.
 */
export const computeMinors = { min: 1, max: 52 } as const;

export const computeVersion = (minor: number): string => `2.${minor}`;

/** The microversion of a request. */
export class Microversion {
  constructor(readonly minor: number) {}

  /** `version.since(37)`: whether the client asks for 2.37 or later. */
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
 * Reads the version of a compute request: `OpenStack-API-Version: compute 2.N`, else `X-OpenStack-Nova-API-Version:
 * 2.N`, else 2.1; `latest` is the highest. Faults: BAD_REQUEST when malformed, VERSION_NOT_SUPPORTED when out of range.
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

/**
 * Negotiates the version of every compute request and names it in the answer, also in refusals. Call it before `admit`,
 * which refuses unsupported versions, so that they count like other refusals.
 */
export function negotiateMicroversions(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const negotiated = negotiatedOf(request);
    if (negotiated instanceof Microversion) {
      request.microversion = negotiated;
      setVersionHeaders(reply, negotiated);
    }
    done();
  });
}

/** Faults of a compute request: BAD_REQUEST, VERSION_NOT_SUPPORTED. */
export function requireSpokenVersion(request: FastifyRequest): void {
  const negotiated = negotiatedOf(request);
  if (negotiated instanceof Fault) {
    throw negotiated;
  }
}

function negotiatedOf({ url, headers }: FastifyRequest): Microversion | Fault | undefined {
  if (!url.startsWith('/compute/v2.1/')) {
    return undefined;
  }
  try {
    return negotiate(headers);
  } catch (error) {
    return error as Fault;
  }
}

function setVersionHeaders(reply: FastifyReply, { minor }: Microversion): void {
  reply.header('openstack-api-version', `compute ${computeVersion(minor)}`);
  reply.header('x-openstack-nova-api-version', computeVersion(minor));
  reply.header('vary', 'OpenStack-API-Version, X-OpenStack-Nova-API-Version');
}

/** Parameter decorator: the request's `Microversion`. */
export const RequestVersion = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionOf(context),
);

export const versionOf = (context: ExecutionContext): Microversion =>
  versionIn(context.switchToHttp().getRequest<FastifyRequest>());

const versionIn = ({ microversion }: FastifyRequest): Microversion =>
  microversion ?? new Microversion(computeMinors.min);

/** Minor versions, the last one included. */
export interface Span {
  readonly since?: number;
  readonly until?: number;
}

const SPAN = 'metalcast:microversions';

/** The microversions in which a route exists: those of its method, else those of its controller. */
export const spanOf = (method: object, controller: object): Span =>
  (Reflect.getMetadata(SPAN, method) ?? Reflect.getMetadata(SPAN, controller) ?? {}) as Span;

/** `@Microversions({ until: 35 })`: a client with a microversion outside this range gets 404. */
export const Microversions = (span: Span): MethodDecorator & ClassDecorator =>
  SetMetadata<string, Span>(SPAN, span);

/** Fault NOT_FOUND: the route does not exist in the request's microversion. */
export function requireInSpan(
  request: FastifyRequest,
  { since = 0, until = Infinity }: Span,
): void {
  const { minor } = versionIn(request);
  if (minor < since || minor > until) {
    throw new Fault('NOT_FOUND', { what: 'Resource', id: request.url }, { message: 'Not found.' });
  }
}

export class MicroversionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const span = this.reflector.getAllAndOverride<Span | undefined>(SPAN, [
      context.getHandler(),
      context.getClass(),
    ]);
    requireInSpan(context.switchToHttp().getRequest<FastifyRequest>(), span ?? {});
    return true;
  }
}
