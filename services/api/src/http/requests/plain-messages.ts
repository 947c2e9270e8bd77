import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const types: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['string', 'a text'],
]);

const formats: ReadonlyMap<string, string> = new Map([
  ['cidrv4', 'an IPv4 network, as 10.0.0.0/24'],
  ['datetime', 'a time in ISO 8601, as 2026-01-31T12:00:00Z'],
  ['ipv4', 'an IPv4 address'],
  ['uuid', 'a UUID'],
]);

/**
 * Zod's findings in plain words, where a schema has no message of its own; undefined for unions, which have the
 * messages of their alternatives.
 */
export function plainMessage(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${types.get(issue.expected) ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `not known here: ${issue.keys.join(', ')}`;
    case 'invalid_format':
      return `must be ${formats.get(issue.format) ?? 'of another form'}`;
    case 'too_small':
      return sized(bounds.least, issue.minimum, issue);
    case 'too_big':
      return sized(bounds.most, issue.maximum, issue);
    case 'not_multiple_of':
      return `must be a multiple of ${String(issue.divisor)}`;
    default:
      return undefined;
  }
}

const bounds = {
  least: { itself: 'at least', beyond: 'more than' },
  most: { itself: 'at most', beyond: 'less than' },
} as const;

function sized(
  bound: (typeof bounds)[keyof typeof bounds],
  limit: number | bigint,
  { origin, inclusive = true }: { readonly origin: string; readonly inclusive?: boolean },
): string {
  const amount = `${inclusive ? bound.itself : bound.beyond} ${String(limit)}`;
  switch (origin) {
    case 'string':
      return `must have ${amount} characters`;
    case 'array':
      return `must have ${amount} items`;
    default:
      return `must be ${amount}`;
  }
}
