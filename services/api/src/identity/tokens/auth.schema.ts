import { z } from 'zod';

/** Keystone's limits: nobody has a longer name or password. */
const name = z.string().max(255);
const password = z.string().max(4096);
const token = z.string().max(8192);

const domain = z.strictObject({ id: name.optional(), name: name.optional() });

const user = z.strictObject({
  id: name.optional(),
  name: name.optional(),
  domain: domain.optional(),
  password,
});

const project = z.strictObject({
  id: name.optional(),
  name: name.optional(),
  domain: domain.optional(),
});

const otherScope = z.never('must be a project: there is no other scope').optional();

/**
 * POST /v3/auth/tokens (Identity API v3, "Password authentication with scoped authorization"). Stricter than Keystone,
 * which passes over what it does not know: a scope or a method that is misspelt would give another token than was asked
 * for.
 */
export const authRequest = z.strictObject({
  auth: z.strictObject({
    identity: z.strictObject({
      methods: z.array(z.string().max(64)).min(1).max(16),
      password: z.strictObject({ user }).optional(),
      token: z.strictObject({ id: token }).optional(),
    }),
    scope: z
      .union([
        z.literal('unscoped'),
        z.strictObject({ project: project.optional(), domain: otherScope, system: otherScope }),
      ])
      .optional(),
  }),
});

export type AuthRequest = z.output<typeof authRequest>['auth'];
