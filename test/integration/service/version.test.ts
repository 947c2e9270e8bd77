import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serviceNames } from '@metalcast/domain';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };

const programs = [
  { name: 'metalcast', file: 'cli/bin/metalcast.mjs' },
  ...serviceNames.map((name) => ({
    name: `metalcast-${name}`,
    file: `services/${name}/dist/main.js`,
  })),
];

test.each(programs)('$name tells its version, without any configuration', ({ name, file }) => {
  const said = execFileSync(process.execPath, [at(file), '--version'], {
    env: {},
    encoding: 'utf8',
  });
  expect(said).toBe(`${name} ${version}\n`);
});
