import type { ApiPart } from '../http/api-part.js';

/** What OpenStack has no word for, under /metalcast/v1. */
export const metalcastApi: ApiPart = {
  controllers: [],
  providers: [],
};
