import type { FastifyInstance } from 'fastify';
import { routeConfig } from './route-config.js';

/** The route's largest body, bytes, where it is not the usual one; never more than the option `max_body_bytes`. */
export const BodyBytes = (bodyBytes: number): MethodDecorator & ClassDecorator =>
  routeConfig({ bodyBytes });

/** To be called before the first route is added. */
export function limitBodies(server: FastifyInstance, maxBodyBytes: number): void {
  server.addHook('onRoute', (route) => {
    const { bodyBytes } = route.config ?? {};
    if (bodyBytes !== undefined) {
      route.bodyLimit = Math.min(bodyBytes, maxBodyBytes);
    }
  });
}
