import { SetMetadata } from '@nestjs/common';
import type { Role } from './caller.js';

/** Who may call a route. `rule` is the policy's name in the refusal. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'roles'; readonly rule: string; readonly roles: readonly Role[] };

export const ACCESS = 'metalcast:access';

/** Without a token: version documents and the login. */
export const Public = (): MethodDecorator & ClassDecorator =>
  SetMetadata<string, Access>(ACCESS, { kind: 'public' });

/** Only with one of `roles`; on a method or on a whole controller. */
export const RequireRole = (
  rule: string,
  ...roles: readonly Role[]
): MethodDecorator & ClassDecorator =>
  SetMetadata<string, Access>(ACCESS, { kind: 'roles', rule, roles });

/** Only for administrators: others get 403 "Policy doesn't allow {rule} to be performed." */
export const AdminOnly = (rule: string): MethodDecorator & ClassDecorator =>
  RequireRole(rule, 'admin');
