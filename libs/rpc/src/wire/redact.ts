import { readJson } from './json.js';

/** Keys whose values a foreign peer may send in clear, and which must not be passed on. */
const secret = /pass|secret|token|user_data|injected_files|personality/i;
/** The same in running text: `password=…`, `Error: {"token": …`. */
const assignment = /(?:pass|secret|token)\w{0,20}["']?\s{0,5}[:=]/i;
const hidden = '***';
/** Levels of JSON within a string: an envelope has one, a peer's own arguments perhaps another. */
const mostSteps = 4;

/**
 * The same JSON without the values of secret-looking keys, also in JSON within strings. Undefined when the text is no
 * JSON object or list within the limits: then it may contain anything.
 */
export function redactJson(text: string): string | undefined {
  const value = read(text);
  return isContainer(value) ? JSON.stringify(redact(value, mostSteps)) : undefined;
}

// As deep as the reader allows, at each of the few levels.
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

/**
 * A text that may be JSON itself. A text that looks like JSON and cannot be read (cut short, too deep, Python's
 * notation) may contain anything.
 */
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
