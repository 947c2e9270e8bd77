/** A field's column. */
export const columnOf = (field: string): string =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Values by their columns. */
export const columnsOf = (set: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(set).map(([field, value]) => [columnOf(field), value]));

/** Values for `jsonb_populate_record`: what is absent keeps its value, 64-bit numbers travel as text. */
export const patchJson = (set: object): string =>
  JSON.stringify(columnsOf(set), (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
