// What the methods of controllers read of the query, by their decorators.
import type { PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { z } from 'zod';
import { ZodPipe, type ReadsQuery } from './zod-pipe.js';

/** An argument of a controller's method, as Nest keeps it. */
export interface Argument {
  readonly data?: unknown;
  readonly pipes?: readonly (PipeTransform | Type<PipeTransform>)[];
}

/** By kind and place. */
export const argumentsOf = (controller: Type, handler: string): [string, Argument][] =>
  Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Readonly<
      Record<string, Argument>
    >,
  );

export const ofKind = (stored: [string, Argument][], kind: RouteParamtypes): Argument[] =>
  stored.filter(([key]) => key.startsWith(`${String(kind)}:`)).map(([, argument]) => argument);

export const schemasOf = ({ pipes = [] }: Argument): z.ZodType[] =>
  pipes.flatMap((pipe) => (pipe instanceof ZodPipe ? [pipe.schema as z.ZodType] : []));

/** The schemas with which the method reads the query, each the whole of it. None: it reads nothing of the query. */
export function queriesOf(controller: Type, handler: string): z.ZodType[] {
  const stored = argumentsOf(controller, handler);
  // A decorator of our own that reads the query keeps the schema that it reads with.
  const own = stored.flatMap(([, { data }]) => (readsQuery(data) ? [data.query] : []));
  return [...new Set([...ofKind(stored, RouteParamtypes.QUERY).flatMap(schemasOf), ...own])];
}

const readsQuery = (data: unknown): data is ReadsQuery =>
  typeof data === 'object' && data !== null && 'query' in data && data.query instanceof z.ZodType;
