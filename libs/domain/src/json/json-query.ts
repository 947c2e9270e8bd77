import { Fault } from '../faults/fault.js';
import { jsonDepthExceeds } from './json-depth.js';

/** Returns the node's value at the path `$a.b`; undefined when there is none. */
export type Lookup = (path: readonly string[]) => unknown;

/** A condition on a node's attributes: Nova's JsonFilter. */
export interface JsonQuery {
  readonly text: string;
  /** The path of every `$a.b` in the query, each once. */
  readonly paths: readonly (readonly string[])[];
  matches(lookup: Lookup): boolean;
}

type Term = (lookup: Lookup) => unknown;
type Operator = (args: readonly unknown[]) => boolean | readonly boolean[];

const comparison =
  (holds: (first: unknown, other: unknown) => boolean): Operator =>
  ([first, ...others]) =>
    others.length > 0 && others.every((other) => holds(first, other));

/** Compares two numbers or two texts; other values, and missing ones, are neither more nor less. */
const ordered =
  (holds: (order: number) => boolean) =>
  (first: unknown, other: unknown): boolean => {
    if (typeof first === 'number' && typeof other === 'number') {
      return holds(first - other);
    }
    return typeof first === 'string' && typeof other === 'string'
      ? holds(first < other ? -1 : first > other ? 1 : 0)
      : false;
  };

const operators: Readonly<Record<string, Operator>> = {
  '=': comparison((first, other) => first === other),
  '<': comparison(ordered((order) => order < 0)),
  '>': comparison(ordered((order) => order > 0)),
  '<=': comparison(ordered((order) => order <= 0)),
  '>=': comparison(ordered((order) => order >= 0)),
  in: ([first, ...others]) => others.includes(first),
  not: (args) => args.map((arg) => !truthy(arg)),
  or: (args) => args.some(truthy),
  and: (args) => args.every(truthy),
};

/** Deep enough for any useful query, and too shallow to exhaust the stack. */
const maxDepth = 32;
const tooDeep = `it is nested deeper than ${maxDepth}`;

/**
 * Parses a query: `["and", [">=", "$free_ram_mb", 1024], ["=", "$cpu_arch", "x86_64"]]`, or its JSON text. An empty
 * list always holds. Unlike in Nova, `and` and `or` with a `not` work as written. Fault QUERY_MALFORMED.
 * Source: spec 9.3, JsonFilter.
 */
export function parseJsonQuery(query: unknown): JsonQuery {
  const text = typeof query === 'string' ? query : textOf(query);
  // Checked before any recursion over the value; terms are counted while they are read.
  if (jsonDepthExceeds(text, maxDepth + 1)) throw malformed(text, tooDeep);
  const value = typeof query === 'string' ? parsed(query) : query;
  if (!Array.isArray(value)) {
    throw malformed(text, 'it is not a list');
  }
  const paths = new Map<string, readonly string[]>();
  const term = termOf(value, { text, paths }, 1);
  return { text, paths: [...paths.values()], matches: (lookup) => truthy(term(lookup)) };
}

interface Reading {
  readonly text: string;
  readonly paths: Map<string, readonly string[]>;
}

function termOf(value: unknown, reading: Reading, depth: number): Term {
  const { text, paths } = reading;
  if (depth > maxDepth) {
    throw malformed(text, tooDeep);
  }
  if (typeof value === 'string' && value.startsWith('$')) {
    const path = value.slice(1).split('.');
    paths.set(value, path);
    return (lookup) => lookup(path);
  }
  if (!Array.isArray(value)) {
    if (typeof value === 'object' && value !== null) {
      throw malformed(text, 'it holds an object');
    }
    return () => value;
  }
  return value.length === 0 ? () => true : operation(value, reading, depth);
}

function operation(value: readonly unknown[], reading: Reading, depth: number): Term {
  const [name, ...rest] = value;
  const operator =
    typeof name === 'string' && Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) {
    throw malformed(reading.text, `${JSON.stringify(name).slice(0, 200)} is not an operator`);
  }
  const args = rest.map((arg) => termOf(arg, reading, depth + 1));
  // An attribute that the node lacks is left out, as in Nova: a comparison with it fails, because its second value is
  // missing.
  return (lookup) => operator(args.map((arg) => arg(lookup)).filter(isThere));
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(text, 'it is not JSON', error);
  }
}

function textOf(query: unknown): string {
  try {
    return JSON.stringify(query);
  } catch (error) {
    // JSON.stringify recurses, so it cannot write a value that is nested some thousands deep.
    throw malformed('', tooDeep, error);
  }
}

const malformed = (query: string, reason: string, cause?: unknown): Fault =>
  new Fault('QUERY_MALFORMED', { query: query.slice(0, 200), reason }, { cause });

/** Python's truth: empty, zero and missing values are false; a list holds when one of its members does (Nova). */
const truthy = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(truthy) : Boolean(value);
