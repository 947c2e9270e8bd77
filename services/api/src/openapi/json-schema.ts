import { z } from 'zod';

/** A JSON Schema, draft 2020-12, as OpenAPI 3.1 has them. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly [keyword: string]: unknown;
}

/** What a request may bring: before the schema changes it. */
export const requestSchema = (schema: z.ZodType): JsonSchema => converted(schema, 'input');

/** What an answer is. */
export const answerSchema = (schema: z.ZodType): JsonSchema => converted(schema, 'output');

function converted(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  // What a refinement asks for has no words there; what has no type at all would be a mistake of ours.
  const target = 'draft-2020-12';
  const json = { ...z.toJSONSchema(schema, { io, target, unrepresentable: 'throw' }) };
  delete json.$schema;
  return json as JsonSchema;
}
