import { types } from 'node:util';

/**
 * The values of a statement with their JSON written already, as pg would write it. Throws what cannot be: pg finds it
 * out only when it has sent the statement's text, takes the text back, and holds it for prepared on that connection
 * from then on.
 */
export const jsonAsText = (values: readonly unknown[]): unknown[] => values.map(written);

function written(value: unknown): unknown {
  if (Array.isArray(value)) {
    return jsonAsText(value);
  }
  const isJson =
    typeof value === 'object' &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    !types.isDate(value);
  return isJson ? JSON.stringify(value) : value;
}
