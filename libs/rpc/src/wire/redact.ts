import { readJson } from './json.js';

/** Keys whose values a foreign peer may send in clear and which go no further. */
const secret = /pass|secret|token|user_data|injected_files|personality/i;
/** The same in running text: `password=…`, `Error: {"token": …`. */
const assignment = /(?:pass|secret|token)\w{0,20}["']?\s{0,5}[:=]/i;
const hidden = '***';
/** JSON in a string in JSON …: an envelope has one such step, a peer's own arguments perhaps another. */
const mostSteps = 4;

/**
 * The same JSON without the values of secret-looking keys, JSON in strings included. Undefined when it is no JSON object or
 * list that can be read within bounds: then nobody can tell what it holds.
 */
export function redactJson(text: string): string | undefined {
  const value = read(text);
  return isContainer(value) ? JSON.stringify(redact(value, mostSteps)) : undefined;
}

// As deep as the reader allows, in each of the few steps.
function redact(value: unknown, steps: number): unknown {
  if (Array.isArray(value)) return value.map((member) => redact(member, steps));
  if (typeof value === 'string') return redactText(value, steps);
  if (!isContainer(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      secret.test(key) && held !== null ? hidden : redact(held, steps),
    ]),
  );
}

/** A text that may be JSON in turn. What looks like it and cannot be read (cut short, deep, Python's own form) may hold anything. */
function redactText(text: string, steps: number): string {
  if (!/^\s*[[{("]/.test(text)) return assignment.test(text) ? hidden : text;
  const value = steps > 0 ? read(text) : undefined;
  return value === undefined ? hidden : JSON.stringify(redact(value, steps - 1));
}

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

function read(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
