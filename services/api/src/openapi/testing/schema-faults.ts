import type { z } from 'zod';

/** Something in a request's schema that lets pass what nobody has thought of. */
export interface SchemaFault {
  /** Where in the request: `server.networks[].uuid`. */
  readonly at: string;
  readonly fault: 'open' | 'anything' | 'coerced' | 'unbounded text' | 'unbounded list';
}

type Schema = z.core.$ZodType;

/** What is open, unbounded or coerced in what the schema reads. */
export function schemaFaults(schema: Schema, at = ''): SchemaFault[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const coerced = 'coerce' in def && def.coerce ? (['coerced'] as const) : [];
  return [
    ...[...coerced, ...ownFaults(def)].map((fault) => ({ at, fault })),
    ...partsOf(def).flatMap(([place, part]) => schemaFaults(part, joined(at, place))),
  ];
}

type Definition = z.core.$ZodTypes['_zod']['def'];

function ownFaults(def: Definition): SchemaFault['fault'][] {
  switch (def.type) {
    case 'object':
      return isNever(def.catchall) ? [] : ['open'];
    case 'record':
      return ['open'];
    case 'array':
      return isShort(def) ? [] : ['unbounded list'];
    case 'string':
      return isShort(def) ? [] : ['unbounded text'];
    case 'unknown':
    case 'any':
    // What a transformation is given has no type.
    case 'transform':
      return ['anything'];
    default:
      return [];
  }
}

/** Schemas within, each with its place. Of one that is piped into another, only the first reads the request. */
function partsOf(def: Definition): (readonly [place: string, part: Schema])[] {
  if ('innerType' in def) {
    return [['', def.innerType]];
  }
  switch (def.type) {
    case 'object':
      return [
        ...Object.entries(def.shape),
        ...(def.catchall === undefined ? [] : [['{}', def.catchall] as const]),
      ];
    case 'record':
      return [
        ['{key}', def.keyType],
        ['{}', def.valueType],
      ];
    case 'array':
      return [['[]', def.element]];
    case 'tuple':
      return def.items.map((item, place) => [`[${place}]`, item]);
    case 'union':
      return def.options.map((option) => ['', option]);
    case 'pipe':
      return [['', def.in]];
    case 'lazy':
      return [['', def.getter()]];
    default:
      return [];
  }
}

const isNever = (schema: Schema | undefined): boolean =>
  (schema as z.core.$ZodTypes | undefined)?._zod.def.type === 'never';

const joined = (at: string, place: string): string =>
  at === '' || place === '' || /^[[{]/.test(place) ? `${at}${place}` : `${at}.${place}`;

/** Whether a text, or a list, can only be so long. */
const isShort = (def: z.core.$ZodTypeDef): boolean =>
  [def, ...(def.checks ?? []).map((check) => check._zod.def)].some(
    (rule) =>
      ('check' in rule && (rule.check === 'max_length' || rule.check === 'length_equals')) ||
      ('pattern' in rule && rule.pattern instanceof RegExp && isBounded(rule.pattern)),
  );

function isBounded({ source }: RegExp): boolean {
  const bare = source
    .replaceAll(/\\./g, 'x')
    .replaceAll(/\[[^\]]*\]/g, 'x')
    .replaceAll(/\(\?[!=][^)]*\)/g, '');
  return bare.startsWith('^') && bare.endsWith('$') && !/[*+]|\{\d+,\}/.test(bare);
}
