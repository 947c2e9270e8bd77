import { z } from 'zod';

/** Keystone's limits: nobody has a longer name or password. */
const name = z.string().max(255);
const password = z.string().max(4096);

const domain = z.object({ id: name.optional(), name: name.optional() });

const user = z.object({
  id: name.optional(),
  name: name.optional(),
  domain: domain.optional(),
  password,
});

const project = z.object({
  id: name.optional(),
  name: name.optional(),
  domain: domain.optional(),
});

/** POST /v3/auth/tokens (Identity API v3, "Password authentication with scoped authorization"). */
export const authRequest = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user }).optional(),
      token: z.object({ id: z.string() }).optional(),
    }),
    scope: z
      .union([z.literal('unscoped'), z.looseObject({ project: project.optional() })])
      .optional(),
  }),
});

export type AuthRequest = z.output<typeof authRequest>['auth'];
