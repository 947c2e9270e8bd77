import type { ApiPart } from '../http/api-part.js';

/** The compute API under /compute/v2.1. */
export const computeApi: ApiPart = {
  controllers: [],
  providers: [],
};
