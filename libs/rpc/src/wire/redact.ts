/** Keys whose values a foreign peer may send in clear and which go no further. */
const secret = /pass|secret|token|user_data|injected_files|personality/i;

/** The same JSON without the values of secret-looking keys, nested JSON strings included. What is not JSON stays. */
export function redactJson(text: string): string {
  const value = parse(text);
  return typeof value === 'object' && value !== null ? JSON.stringify(redact(value)) : text;
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value === 'string') return value.startsWith('{') ? redactJson(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      secret.test(key) && held !== null ? '***' : redact(held),
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
