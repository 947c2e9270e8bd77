import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, relative } from 'node:path';
import process from 'node:process';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** The projects, including the projects that they reference, whose sources are newer than their build. */
export function unbuilt(root, projects) {
  const args = [compiler, '--build', '--dry', ...projects];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`tsc --build --dry ended with ${status}: ${stdout}${stderr}`);
  }
  return [...stdout.matchAll(/would build project '(.+)'/g)].map(([, file]) =>
    relative(root, dirname(file)),
  );
}
