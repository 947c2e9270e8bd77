import { placementScopes, serverGroupPolicies } from '@metalcast/domain';
import { z } from 'zod';
import { novaPageQuery, wholeNumber } from '../../http/requests/page-query.js';
import { queryText } from '../../http/requests/query-values.js';

/** Beside Nova's fields: what servers of the group share, or do not. */
export const scopeKey = 'metalcast:scope';

export const createServerGroup = z.strictObject({
  server_group: z.strictObject({
    name: z.string().trim().min(1).max(255),
    policies: z.tuple([z.enum(serverGroupPolicies)], 'must name exactly one policy'),
    [scopeKey]: z.enum(placementScopes).optional(),
  }),
});
export type NewServerGroup = z.output<typeof createServerGroup>['server_group'];

export const listServerGroups = z.strictObject({
  all_projects: queryText.optional(),
  limit: novaPageQuery.limit,
  offset: wholeNumber(0).default(0),
});
export type ListServerGroups = z.output<typeof listServerGroups>;
