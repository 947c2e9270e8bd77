// Makes of each service one file with all that it needs, services/NAME/dist/main.js: a process that reads 1,500 files
// to start works three times as long for it, and restarts are normal. Does nothing for those that nothing has changed.
// `node --enable-source-maps services/NAME/dist/main.js` names the sources in stack traces.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = ['services/bundle.mjs', 'tsconfig.base.json', 'package-lock.json'];

/** What libraries look for and do without: transports, validators and drivers that Metalcast does not use. */
const optional = [
  /^@nestjs\/(?:websockets|platform-express|platform-socket\.io)(?:\/|$)/,
  /^class-(?:transformer|validator)(?:\/|$)/,
  /^@grpc\//,
  /^(?:kafkajs|mqtt|nats|ioredis|amqp-connection-manager|pg-native)$/,
  /^@fastify\/(?:static|view)$/,
];

const foldersIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();

const libraries = foldersIn('libs').flatMap((library) => filesBelow(`${library}/src`));

/** Of all that goes into a service's file. */
function digestOf(service) {
  const hash = createHash('sha256');
  for (const file of [...settings, ...libraries, ...filesBelow(`${service}/src`)]) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

async function bundle(service) {
  const made = join(root, service, 'dist');
  const stamp = join(made, '.stamp');
  const digest = digestOf(service);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
    return;
  }
  const build = await rolldown({
    cwd: root,
    input: `${service}/src/main.ts`,
    platform: 'node',
    tsconfig: 'tsconfig.base.json',
    resolve: { conditionNames: ['source', 'node', 'default'] },
    external: optional,
    onLog(level, log, report) {
      // What is not found would be missed when the service runs.
      report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
    },
  });
  const file = join(made, 'main.js');
  await build.write({ file, codeSplitting: false, sourcemap: true, cleanDir: true });
  await build.close();
  writeFileSync(stamp, digest);
}

for (const service of foldersIn('services')) {
  await bundle(service);
}
