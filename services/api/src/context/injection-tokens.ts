/** Token of the service's `ApiConfig`. */
export const API_CONFIG = Symbol('api config');

/** Token of the service's `ApiKeys`. */
export const API_KEYS = Symbol('api keys');

/** Token of the service's `Logger`. */
export const LOGGER = Symbol('logger');
