import { requestSchema, type JsonSchema } from './json-schema.js';
import type { WalkedRoute } from './walk.js';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
  readonly style?: string;
  readonly explode?: boolean;
}

/** Where OpenAPI has `{id}`, Fastify has `:id`; there a colon that begins no parameter is written twice. */
export const templateOf = (path: string): string =>
  path.replaceAll(/\/:(?!:)([^/]+)/g, '/{$1}').replaceAll('::', ':');

const longestParameter = 500;

export const parametersOf = (route: WalkedRoute): Parameter[] => [
  ...[...templateOf(route.path).matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: longestParameter },
  })),
  ...route.queries.flatMap((query) => queryParameters(requestSchema(query))),
  ...route.ignored.map((name) => ({
    name,
    in: 'query' as const,
    required: false,
    description: 'Accepted, and changes nothing.',
    schema: { type: 'string' },
  })),
  ...route.headers
    .filter((name) => name !== 'content-type')
    .map((name) => ({
      name,
      in: 'header' as const,
      required: true,
      schema: { type: 'string' },
    })),
];

/** What a query may have beside its known names is one parameter, an object whose members stand side by side. */
function queryParameters({
  properties = {},
  required = [],
  additionalProperties,
}: JsonSchema): Parameter[] {
  const named = Object.entries(properties)
    .filter(([, schema]) => !isNever(schema))
    .map(([name, schema]) => ({
      name,
      in: 'query' as const,
      required: required.includes(name),
      schema,
    }));
  return typeof additionalProperties === 'object'
    ? [
        ...named,
        {
          name: 'filters',
          in: 'query',
          required: false,
          style: 'form',
          explode: true,
          description: 'Any other parameter narrows the list to what has this value.',
          schema: { type: 'object', additionalProperties },
        },
      ]
    : named;
}

/** A parameter that is known only to be refused with a reason. */
const isNever = ({ not }: JsonSchema): boolean => not !== undefined;
