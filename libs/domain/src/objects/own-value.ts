/** The value that is stored under the key: none of those that every object inherits, as under `constructor`. */
export const ownValue = <T>(object: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
