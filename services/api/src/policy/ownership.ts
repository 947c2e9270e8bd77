import { Prisma } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../http/access/caller.js';
import { isAllowedForOthers, type Rule } from './policy.js';

type Owner = Pick<Caller, 'projectId' | 'roles'>;

/**
 * Whether the caller may do what the rule is about to what belongs to the project: the project is theirs, or the rule
 * allows them those of others. Owners are compared in this file alone.
 */
export const reachesProject = (
  rule: Rule,
  caller: Owner,
  projectId: string | null | undefined,
): boolean => projectId === caller.projectId || isAllowedForOthers(rule, caller);

/** Fault FORBIDDEN, with the rule, unless `reachesProject`. */
export function requireProject(
  rule: Rule,
  caller: Owner,
  projectId: string | null | undefined,
): void {
  if (!reachesProject(rule, caller, projectId)) {
    throw new Fault('FORBIDDEN', { rule });
  }
}

/** The same of what belongs to a user. */
export const reachesUser = (
  rule: Rule,
  caller: Pick<Caller, 'userId' | 'roles'>,
  userId: string,
): boolean => userId === caller.userId || isAllowedForOthers(rule, caller);

/** As `reachesProject`: a condition on the column project_id. */
export const projectCondition = (rule: Rule, caller: Owner): Prisma.Sql =>
  isAllowedForOthers(rule, caller)
    ? Prisma.sql`true`
    : Prisma.sql`project_id = ${caller.projectId}`;

/** As `reachesProject`: part of a query by Prisma's models. */
export const projectWhere = (rule: Rule, caller: Owner): { readonly projectId?: string } =>
  isAllowedForOthers(rule, caller) ? {} : { projectId: caller.projectId };
