import { RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { z } from 'zod';
import { spanOf, type Span } from '../http/routing/microversion.js';
import { settingsOf, type RouteSettings } from '../http/routing/route-config.js';
import { argumentsOf, ofKind, queriesOf, schemasOf } from '../http/requests/route-query.js';
import { ignoredQueryOf } from '../http/requests/unread-query.js';

/** A route as its controller's decorators have made it. */
export interface WalkedRoute {
  readonly controller: Type;
  /** Name of the controller's method. */
  readonly handler: string;
  /** GET, POST, … */
  readonly method: string;
  /** As Fastify has it: `/compute/v2.1/servers/:id`. */
  readonly path: string;
  /** Of an answer that is no refusal, unless the method sets another one. */
  readonly status: number;
  readonly settings: RouteSettings;
  readonly microversions: Span;
  readonly body: z.ZodType | undefined;
  /** Each reads the whole query. */
  readonly queries: readonly z.ZodType[];
  /** Parameters of the query that are accepted and change nothing. All others that no schema knows are refused. */
  readonly ignored: readonly string[];
  /** Request headers that the method reads by their names, in lower case. */
  readonly headers: readonly string[];
}

/** Every route of the controllers; a method of several paths is several routes. */
export const walk = (controllers: readonly Type[]): WalkedRoute[] => controllers.flatMap(routesOf);

function routesOf(controller: Type): WalkedRoute[] {
  const prototype = controller.prototype as object;
  const bases = pathsOf(controller);
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(
    ([handler, descriptor]) => {
      const value = descriptor.value as object | undefined;
      const verb = value && (Reflect.getMetadata(METHOD_METADATA, value) as RequestMethod);
      if (value === undefined || verb === undefined) {
        return [];
      }
      const method = RequestMethod[verb];
      const route = {
        ...{ controller, handler, method },
        status: statusOf(value, method),
        settings: settingsOf(descriptor),
        microversions: spanOf(value, controller),
        ignored: ignoredQueryOf(value),
        ...partsOf(controller, handler),
      };
      return bases.flatMap((base) =>
        pathsOf(value).map((own) => ({ ...route, path: joined(base, own) })),
      );
    },
  );
}

const pathsOf = (target: object): string[] =>
  [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();

const joined = (...parts: readonly string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;

const statusOf = (handler: object, method: string): number =>
  (Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined) ??
  (method === 'POST' ? 201 : 200);

function partsOf(
  controller: Type,
  handler: string,
): Pick<WalkedRoute, 'body' | 'queries' | 'headers'> {
  const stored = argumentsOf(controller, handler);
  const [body] = ofKind(stored, RouteParamtypes.BODY).flatMap(schemasOf);
  return {
    body,
    queries: queriesOf(controller, handler),
    headers: ofKind(stored, RouteParamtypes.HEADERS).map(({ data }) => String(data)),
  };
}
