// Makes of each service one file with all that it needs, services/NAME/dist/main.js: a process that reads 1,500 files
// to start works three times as long for it, and restarts are normal. Does nothing for those that nothing has changed.
// `node --enable-source-maps services/NAME/dist/main.js` names the sources in stack traces.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { digestOf, isOld, root, services, stampOf } from './bundle-stamp.mjs';

/** What libraries look for and do without: transports, validators and drivers that Metalcast does not use. */
const optional = [
  /^@nestjs\/(?:websockets|platform-express|platform-socket\.io)(?:\/|$)/,
  /^class-(?:transformer|validator)(?:\/|$)/,
  /^@grpc\//,
  /^(?:kafkajs|mqtt|nats|ioredis|amqp-connection-manager|pg-native)$/,
  /^@fastify\/(?:static|view)$/,
  // `withoutSchemas` is there in their place.
  /^@fastify\/(?:ajv-compiler|fast-json-stringify-compiler)$/,
];

/**
 * Services that read and write by Prisma's models. Its client doubles the file, the memory and the start of any other.
 */
const withModels = ['services/api'];

/**
 * The WebAssembly of Prisma's query compiler: as a file, read once, for a process never lets go of text in its sources.
 */
const compiler = {
  name: 'query-compiler',
  load(id) {
    if (!id.includes('.wasm-base64.')) {
      return undefined;
    }
    const [base64] = /[\w+/=]{1000,}/.exec(readFileSync(id, 'utf8')) ?? [];
    if (base64 === undefined) {
      throw new Error(`${id} has no WebAssembly: Prisma keeps it in another form by now`);
    }
    const source = Buffer.from(base64, 'base64');
    this.emitFile({ type: 'asset', fileName: 'query-compiler.wasm', source });
    return `import { readFileSync } from 'node:fs';
      export const wasm = readFileSync(new URL('query-compiler.wasm', import.meta.url), 'base64');`;
  },
};

/**
 * Whether it runs at Cloudflare, `pg` asks of a Response where there is no navigator: Node 20 would load all of fetch
 * for it.
 */
const socketsOfNode = {
  name: 'sockets-of-node',
  load(id) {
    if (!id.endsWith('/pg/lib/stream.js')) {
      return undefined;
    }
    const code = readFileSync(id, 'utf8');
    const question = "typeof Response === 'function'";
    if (!code.includes(question)) {
      throw new Error(`${id} asks in another way by now`);
    }
    return code.replace(question, 'false');
  },
};

/** One character beyond ASCII, and a process would keep the whole text with two bytes for each. */
const inAscii = (code) =>
  code.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

async function bundle(service) {
  const made = join(root, service, 'dist');
  if (!isOld(service)) {
    return;
  }
  // Before the build: what changes meanwhile may not be in it.
  const digest = digestOf(service);
  const build = await rolldown({
    cwd: root,
    input: `${service}/src/main.ts`,
    platform: 'node',
    tsconfig: 'tsconfig.base.json',
    resolve: { conditionNames: ['source', 'node', 'default'] },
    external: optional,
    plugins: [compiler, socketsOfNode],
    onLog(level, log, report) {
      // What is not found would be missed when the service runs.
      report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
    },
  });
  const file = join(made, 'main.js');
  const {
    output: [{ moduleIds }],
  } = await build.write({ file, codeSplitting: false, sourcemap: true, cleanDir: true });
  await build.close();
  if (!withModels.includes(service) && moduleIds.some((id) => id.includes('/@prisma/client/'))) {
    throw new Error(`${service} imports Prisma's client, by @metalcast/db/models: use statements`);
  }
  writeFileSync(file, inAscii(readFileSync(file, 'utf8')));
  writeFileSync(stampOf(service), digest);
}

for (const service of services) {
  await bundle(service);
}
