import type { ApiPart } from '../http/api-part.js';

/** The network API under /network/v2.0. */
export const networkApi: ApiPart = {
  controllers: [],
  providers: [],
};
