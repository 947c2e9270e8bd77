import type { ApiPart } from '../http/api-part.js';

/** The image API under /image/v2. */
export const imageApi: ApiPart = {
  controllers: [],
  providers: [],
};
