import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { Rule } from '../../policy/policy.js';

/** What the server must know of a route before it reads the body. */
export interface RouteSettings {
  /** The policy's rule for the route. Every route has one. */
  readonly rule?: Rule;
  /** The largest body, when it is smaller than the option `max_body_bytes`. */
  readonly bodyBytes?: number;
  /** The body is a set of items: up to `max_batch_bytes`, and more values. */
  readonly isBatch?: boolean;
}

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges the settings into Fastify's interface
  interface FastifyContextConfig extends RouteSettings {}
}

/** On a method, or on a controller: then for the methods that do not set the same. */
export function routeConfig(settings: RouteSettings): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key !== undefined && descriptor !== undefined) {
      setConfig(descriptor, { ...settings, ...settingsOf(descriptor) });
      return;
    }
    const { prototype } = target as { prototype: object };
    for (const method of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof method.value === 'function') {
        setConfig(method, { ...settings, ...settingsOf(method) });
      }
    }
  };
}

/** What the decorators say of a controller's method. */
export const settingsOf = ({ value }: PropertyDescriptor): RouteSettings =>
  (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, value as object) as
    RouteSettings | undefined) ?? {};

function setConfig(descriptor: PropertyDescriptor, settings: RouteSettings): void {
  RouteConfig(settings)({}, '', descriptor);
}
