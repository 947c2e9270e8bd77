import { z } from 'zod';

const domain = z.object({ id: z.string().optional(), name: z.string().optional() });

const user = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  domain: domain.optional(),
  password: z.string(),
});

const project = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
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
