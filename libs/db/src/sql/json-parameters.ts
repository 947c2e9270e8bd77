import { types } from 'node:util';

/**
 * The parameters of a statement with objects as JSON text, as pg would write them. Throws for a value that JSON cannot
 * hold: pg itself fails only after it has sent the statement's text, and then wrongly takes the statement for prepared
 * on that connection.
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
