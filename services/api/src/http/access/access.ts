import type { Role } from './caller.js';
import { routeConfig } from '../routing/route-config.js';

type Decorator = MethodDecorator & ClassDecorator;

/** Without a token: version documents and the login. */
export const Public = (): Decorator => routeConfig({ access: { kind: 'public' } });

/** Only with one of `roles`; on a method or on a whole controller. */
export const RequireRole = (rule: string, ...roles: readonly Role[]): Decorator =>
  routeConfig({ access: { kind: 'roles', rule, roles } });

/** Only for administrators: others get 403 "Policy doesn't allow {rule} to be performed." */
export const AdminOnly = (rule: string): Decorator => RequireRole(rule, 'admin');
