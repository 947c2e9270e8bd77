import { z } from 'zod';

const trait = z.string().regex(/^[A-Z0-9_]{1,255}$/, 'must be capital letters, digits and _');

export const traits = z
  .array(trait)
  .max(500)
  .refine((names) => new Set(names).size === names.length, 'must name each trait once');

/** Levels of nested objects; the outermost is level 1. */
const maxDepth = 3;
const maxLength = 16_384;

const key = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'a key must be 1 to 64 letters, digits, and . : - _');
const value = z.union([z.string().max(1000), z.number(), z.boolean()]);

const objectOf = (depth: number): z.ZodType<Record<string, unknown>> =>
  z.record(key, depth < maxDepth ? z.union([value, objectOf(depth + 1)]) : value);

/** What flavors may ask for by `capabilities:key` and `capabilities:key:key`. */
export const capabilities = objectOf(1).refine(
  (object) => JSON.stringify(object).length <= maxLength,
  `must be at most ${String(maxLength)} characters of JSON`,
);
