import type { JsonLimits } from '@metalcast/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { routeConfig } from '../routing/route-config.js';

/** The route's largest body in bytes, when it is smaller than the option `max_body_bytes`. */
export const BodyBytes = (bodyBytes: number): MethodDecorator & ClassDecorator =>
  routeConfig({ bodyBytes });

/**
 * The route takes a set of items: its body may be as large as the option `max_batch_bytes`. For administrators' routes
 * only.
 */
export const BatchBody = (): MethodDecorator => routeConfig({ isBatch: true });

interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxBatchBytes: number;
}

/** Call it before the first route is added. */
export function limitBodies(
  server: FastifyInstance,
  { maxBodyBytes, maxBatchBytes }: BodyLimits,
): void {
  server.addHook('onRoute', (route) => {
    const { bodyBytes, isBatch } = route.config ?? {};
    if (bodyBytes !== undefined) {
      route.bodyLimit = Math.min(bodyBytes, maxBodyBytes);
    }
    if (isBatch === true) {
      route.bodyLimit = maxBatchBytes;
    }
  });
}

/** Far more than any request of these APIs needs. */
const usual: JsonLimits = { depth: 32, values: 10_000 };
const batch: JsonLimits = { ...usual, values: 200_000 };

export const jsonLimitsOf = ({ routeOptions }: FastifyRequest): JsonLimits =>
  routeOptions.config.isBatch === true ? batch : usual;
