import type { Project, User } from '@metalcast/db';
import type { Links } from '../http/answers/links.js';
import type { Session } from './tokens/token-authenticator.js';

const domain = { id: 'default', name: 'Default' } as const;

/** Keystone's times have microseconds. */
const keystoneTime = (time: Date): string => time.toISOString().replace('Z', '000Z');

export const tokenView = ({ claims, account, membership }: Session, catalog: object[]): object => ({
  token: {
    methods: claims.methods,
    user: { id: account.id, name: account.name, domain, password_expires_at: null },
    audit_ids: [claims.auditId],
    issued_at: keystoneTime(claims.issuedAt),
    expires_at: keystoneTime(claims.expiresAt),
    project: { id: membership.project.id, name: membership.project.name, domain },
    is_domain: false,
    roles: membership.roles.map((role) => ({ id: role, name: role })),
    catalog,
  },
});

export const userView = (
  links: Links,
  { id, name, enabled }: Pick<User, 'id' | 'name' | 'enabled'>,
): object => ({
  id,
  name,
  domain_id: domain.id,
  enabled,
  password_expires_at: null,
  options: {},
  links: { self: links.at('identity', 'v3', 'users', id) },
});

export const projectView = (
  links: Links,
  { id, name, description, enabled }: Omit<Project, 'createdAt'>,
): object => ({
  id,
  name,
  domain_id: domain.id,
  description,
  enabled,
  parent_id: domain.id,
  is_domain: false,
  tags: [],
  options: {},
  links: { self: links.at('identity', 'v3', 'projects', id) },
});

export const roleView = (links: Links, role: string): object => ({
  id: role,
  name: role,
  domain_id: null,
  description: null,
  options: {},
  links: { self: links.at('identity', 'v3', 'roles', role) },
});

export const domainView = (links: Links): object => ({
  ...domain,
  description: 'The default domain',
  enabled: true,
  tags: [],
  options: {},
  links: { self: links.at('identity', 'v3', 'domains', domain.id) },
});

/** `{"users": [...], "links": {...}}`: `lists` has the list as its one value. */
export const listView = (
  links: Links,
  lists: Readonly<Record<string, object[]>>,
  next: string | null = null,
): object => ({
  ...lists,
  links: { next, previous: null, self: links.at('identity', 'v3', ...Object.keys(lists)) },
});
