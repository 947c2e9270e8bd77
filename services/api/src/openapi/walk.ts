import { RequestMethod, type PipeTransform, type Type } from '@nestjs/common';
import {
  HTTP_CODE_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { z } from 'zod';
import { spanOf, type Span } from '../http/routing/microversion.js';
import { settingsOf, type RouteSettings } from '../http/routing/route-config.js';
import { ZodPipe, type ReadsQuery } from '../http/requests/zod-pipe.js';

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
  /** Request headers that the method reads by their names, in lower case. */
  readonly headers: readonly string[];
}

/** An argument of a controller's method, as Nest keeps it. */
interface Argument {
  readonly data?: unknown;
  readonly pipes?: readonly (PipeTransform | Type<PipeTransform>)[];
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
        ...argumentsOf(controller, handler),
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

function argumentsOf(
  controller: Type,
  handler: string,
): Pick<WalkedRoute, 'body' | 'queries' | 'headers'> {
  const stored = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Readonly<
    Record<string, Argument>
  >;
  const kept = Object.entries(stored);
  const of = (kind: RouteParamtypes): Argument[] =>
    kept.filter(([key]) => key.startsWith(`${String(kind)}:`)).map(([, argument]) => argument);
  const [body] = of(RouteParamtypes.BODY).flatMap(schemasOf);
  // A decorator of our own that reads the query keeps the schema that it reads with.
  const own = kept.flatMap(([, { data }]) => (readsQuery(data) ? [data.query] : []));
  return {
    body,
    queries: [...new Set([...of(RouteParamtypes.QUERY).flatMap(schemasOf), ...own])],
    headers: of(RouteParamtypes.HEADERS).map(({ data }) => String(data)),
  };
}

const readsQuery = (data: unknown): data is ReadsQuery =>
  typeof data === 'object' && data !== null && 'query' in data && data.query instanceof z.ZodType;

const schemasOf = ({ pipes = [] }: Argument): z.ZodType[] =>
  pipes.flatMap((pipe) => (pipe instanceof ZodPipe ? [pipe.schema as z.ZodType] : []));
