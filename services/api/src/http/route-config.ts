import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { Role } from './caller.js';

/** Who may call a route. `rule` is the policy's name in the refusal. */
type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'roles'; readonly rule: string; readonly roles: readonly Role[] };

/** What the server must know of a route before it reads a request's body. */
export interface RouteSettings {
  /** Without it: a token, of any role to read and of an administrator or a member to change. */
  readonly access?: Access;
  /** Largest body, where it is smaller than the option `max_body_bytes`. */
  readonly bodyBytes?: number;
  /** Its body holds a set of things: it may have `max_batch_bytes`, and more values. */
  readonly isBatch?: boolean;
}

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges the settings into Fastify's interface
  interface FastifyContextConfig extends RouteSettings {}
}

/** On a method, or on a controller for those of its methods that do not say it themselves. */
export function routeConfig(settings: RouteSettings): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key !== undefined && descriptor !== undefined) {
      settle(descriptor, { ...settings, ...settingsOf(descriptor) });
      return;
    }
    const { prototype } = target as { prototype: object };
    for (const method of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof method.value === 'function') {
        settle(method, { ...settings, ...settingsOf(method) });
      }
    }
  };
}

/** What the decorators have said of a controller's method. */
export const settingsOf = ({ value }: PropertyDescriptor): RouteSettings =>
  (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, value as object) as
    RouteSettings | undefined) ?? {};

function settle(descriptor: PropertyDescriptor, settings: RouteSettings): void {
  RouteConfig(settings)({}, '', descriptor);
}
