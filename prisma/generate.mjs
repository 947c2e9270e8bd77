// Generates the Prisma client. Plain Node, because it runs before anything is built. Prisma requires a schema engine
// even for generating, and would download it, but does not run it. So any executable works, also without access to the
// download host.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = `${root}libs/db/src/generated`;
const stamp = `${output}/.stamp`;
const inputs = ['prisma/schema.prisma', 'node_modules/prisma/package.json'];
const hash = createHash('sha256');
for (const input of inputs) {
  hash.update(readFileSync(`${root}${input}`));
}
const digest = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  const { status } = spawnSync(`${root}node_modules/.bin/prisma`, ['generate', '--no-hints'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', ...process.env, CHECKPOINT_DISABLE: '1' },
  });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, digest);
}
