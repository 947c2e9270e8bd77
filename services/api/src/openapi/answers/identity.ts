import { z } from 'zod';
import { links, time } from './shared.js';

const reference = z.strictObject({ id: z.string(), name: z.string() });
const self = z.strictObject({ self: z.string() });
const options = z.strictObject({});

const catalog = z.array(
  z.strictObject({
    id: z.string(),
    type: z.string(),
    name: z.string(),
    endpoints: z.array(
      z.strictObject({
        id: z.string(),
        interface: z.enum(['public', 'internal', 'admin']),
        region: z.string(),
        region_id: z.string(),
        url: z.string(),
      }),
    ),
  }),
);

export const token = z.strictObject({
  token: z.strictObject({
    methods: z.array(z.string()),
    user: z.strictObject({
      id: z.string(),
      name: z.string(),
      domain: reference,
      password_expires_at: z.null(),
    }),
    audit_ids: z.array(z.string()),
    issued_at: time,
    expires_at: time,
    project: z.strictObject({ id: z.string(), name: z.string(), domain: reference }),
    is_domain: z.literal(false),
    roles: z.array(reference),
    catalog,
  }),
});

const user = z.strictObject({
  id: z.string(),
  name: z.string(),
  domain_id: z.string(),
  enabled: z.boolean(),
  password_expires_at: z.null(),
  options,
  links: self,
});

const project = z.strictObject({
  id: z.string(),
  name: z.string(),
  domain_id: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  parent_id: z.string(),
  is_domain: z.literal(false),
  tags: z.array(z.string()).max(0),
  options,
  links: self,
});

const role = z.strictObject({
  id: z.string(),
  name: z.string(),
  domain_id: z.null(),
  description: z.null(),
  options,
  links: self,
});

const domain = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  tags: z.array(z.string()).max(0),
  options,
  links: self,
});

const listOf = (name: string, item: z.ZodType): z.ZodType =>
  z.strictObject({
    [name]: item,
    links: z.strictObject({
      next: z.string().nullable(),
      previous: z.null(),
      self: z.string(),
    }),
  });

export const catalogs = listOf('catalog', catalog);
export const users = { list: listOf('users', z.array(user)), one: z.strictObject({ user }) };
export const projects = {
  list: listOf('projects', z.array(project)),
  one: z.strictObject({ project }),
};
export const roles = { list: listOf('roles', z.array(role)), one: z.strictObject({ role }) };
export const domains = {
  list: listOf('domains', z.array(domain)),
  one: z.strictObject({ domain }),
};

export const version = z.strictObject({
  id: z.string(),
  status: z.literal('stable'),
  updated: time,
  links,
  'media-types': z.array(z.strictObject({ base: z.string(), type: z.string() })),
});
