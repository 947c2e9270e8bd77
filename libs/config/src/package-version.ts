import { readFileSync } from 'node:fs';

/** The version of the package that the module is part of, be it in its `src`, its `dist` or its bundle. */
export const packageVersion = (moduleUrl: string): string => {
  const manifest = readFileSync(new URL('../package.json', moduleUrl), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};
