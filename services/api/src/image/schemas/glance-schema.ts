import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema in the form of Glance's: python-glanceclient makes its options of the types, so that what may be null
 * is a list of two types, and no choice between two schemas.
 */
export function glanceSchema(
  shape: z.ZodObject,
  readOnly: readonly string[],
): Readonly<Record<string, Json>> {
  const { properties = {} } = z.toJSONSchema(shape, { target: 'draft-7' });
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      { ...flat(property as Json), ...(readOnly.includes(name) ? { readOnly: true } : {}) },
    ]),
  );
}

function flat({ anyOf, const: only, ...schema }: Json): Json {
  if (only !== undefined) {
    return { ...schema, enum: [only] };
  }
  if (!Array.isArray(anyOf)) {
    return schema;
  }
  const some = flat((anyOf as Json[]).find(({ type }) => type !== 'null') ?? {});
  const choices = some['enum'];
  return {
    ...some,
    type: [some['type'], 'null'],
    ...(Array.isArray(choices) ? { enum: [...(choices as unknown[]), null] } : {}),
  };
}
