import type { Provider, Type } from '@nestjs/common';

/** One API's share of the module: a new resource is a controller here, and what it needs a provider. */
export interface ApiPart {
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
}

/** Token of the service's `ApiConfig`. */
export const API_CONFIG = Symbol('api config');

/** Token of the service's `ApiKeys`. */
export const API_KEYS = Symbol('api keys');

/** Token of the service's `Logger`. */
export const LOGGER = Symbol('logger');
