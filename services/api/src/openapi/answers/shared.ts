import { z } from 'zod';

/** A time in one of OpenStack's forms; each API has its own. */
export const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?$/);

export const link = z.strictObject({ rel: z.string(), href: z.string() });
export const links = z.array(link);

/** `{"servers": […]}`, with `servers_links` where there is another page. */
export const listOf = (name: string, item: z.ZodType): z.ZodType =>
  z.strictObject({ [name]: z.array(item), [`${name}_links`]: links.optional() });
