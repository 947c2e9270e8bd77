// Relays TCP connections between two network namespaces. One relay runs in each namespace, joined by a unix socket,
// because unix sockets belong to the file system. Usage: node relay.mjs ROUTES.json READY.json
// Routes: { name: { listen, connect } }, each { path } or { port, host?, orFree? }. With `orFree`, a taken port is
// replaced by a free one. READY.json is written when all routes listen: { name: port }.
import { lstatSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';

const loopback = '127.0.0.1';
const [routesFile, readyFile] = process.argv.slice(2);

function address({ path, host = loopback, port }) {
  return path === undefined ? { host, port } : { path };
}

/** Removes the socket file that an earlier relay has left behind. */
function removeSocket(path) {
  try {
    if (lstatSync(path).isSocket()) {
      unlinkSync(path);
    }
  } catch (error) {
    if (error.code !== 'ENOENT') {
      throw error;
    }
  }
}

function join(near, target) {
  const far = connect({ ...address(target), allowHalfOpen: true });
  near.pipe(far).pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
}

function listen(server, where) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where, exclusive: true }, () => {
      server.off('error', reject);
      // With too many open files this connection is lost, but later ones work.
      server.on('error', (error) => process.stderr.write(`${error.message}\n`));
      resolve(server.address().port);
    });
  });
}

async function open({ listen: near, connect: far }) {
  const server = createServer({ allowHalfOpen: true }, (socket) => join(socket, far));
  if (near.path !== undefined) {
    removeSocket(near.path);
    await listen(server, { path: near.path });
    return undefined;
  }
  try {
    return await listen(server, address(near));
  } catch (error) {
    if (error.code === 'EADDRINUSE' && near.orFree) {
      return listen(server, { host: loopback, port: 0 });
    }
    throw error;
  }
}

const routes = JSON.parse(readFileSync(routesFile, 'utf8'));
const ports = {};
for (const [name, route] of Object.entries(routes)) {
  ports[name] = await open(route);
}
writeFileSync(`${readyFile}.new`, JSON.stringify(ports), { mode: 0o600 });
renameSync(`${readyFile}.new`, readyFile);
