// What strangers, and one careless user, can send: each flood is a number of clients that begin again at each answer.
import { request } from 'node:http';
import { connect } from 'node:net';

const loginPath = '/identity/v3/auth/tokens';
const json = { 'content-type': 'application/json' };

const loginOf = (name, password) =>
  JSON.stringify({
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name, domain: { id: 'default' }, password } },
      },
    },
  });

const nested = `{"auth":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
const keys = JSON.stringify(
  Object.fromEntries(Array.from({ length: 80_000 }, (_, key) => [key, 1])),
);

/** One turn of one client resolves when it may begin again; it never rejects. */
export const floods = {
  'wrong log-ins of one user': {
    clients: 64,
    turn: (api, n) => post(api, loginOf('nobody', `x${n}`)),
  },
  'wrong log-ins of many users': {
    clients: 64,
    turn: (api, n) => post(api, loginOf(`user${n}`, 'x')),
  },
  "wrong log-ins of the user's name": {
    clients: 64,
    turn: (api, n) => post(api, loginOf('admin', `x${n}`)),
  },
  'wrong tokens': {
    clients: 64,
    turn: (api, n) =>
      send(api, 'GET', '/compute/v2.1/flavors', { 'x-auth-token': wrong(api.token, n) }),
  },
  'nested log-ins of 1 MB': { clients: 16, turn: (api) => post(api, nested) },
  'log-ins of 80000 keys': { clients: 16, turn: (api) => post(api, keys) },
  'bodies of 1 MB without a token': {
    clients: 16,
    turn: (api) => send(api, 'POST', '/compute/v2.1/servers', json, nested),
  },
  'bodies without end': { clients: 16, turn: (api) => pour(api, chunk) },
  'bodies of one-byte chunks': { clients: 8, turn: (api) => pour(api, inBytes, '127.0.0.6') },
  'chunks of long extensions': { clients: 8, turn: (api) => pour(api, extended, '127.0.0.6') },
  'headers that do not come': { clients: 200, turn: (api) => hold(api, 'GET / HTTP/1.1\r\nx: ') },
  'bodies that do not come': {
    clients: 200,
    turn: (api) => hold(api, head(loginPath, 'content-length: 100')),
  },
  'pipelined requests': {
    clients: 8,
    turn: (api) => pipeline(api, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
  },
  'pipelined with Expect': {
    clients: 8,
    turn: (api) => pipeline(api, 'GET / HTTP/1.1\r\nhost: a\r\nexpect: x\r\n\r\n'),
  },
  'uploads begun and aborted': { clients: 16, turn: (api) => abort(api) },
};

const wrong = (token, n) => `${token.slice(0, -12)}${String(n).padStart(12, 'x')}`;
const post = (api, body) => send(api, 'POST', loginPath, json, body);

function send({ url, agent }, method, path, headers, body) {
  return new Promise((resolve) => {
    const sent = request(`${url}${path}`, { agent, method, headers }, (answer) => {
      answer
        .resume()
        .on('end', () => resolve(answer.statusCode))
        .on('error', () => resolve('cut off'));
    });
    sent.on('error', () => resolve('cut off'));
    sent.end(body);
  });
}

const head = (path, framing) =>
  `POST ${path} HTTP/1.1\r\nhost: api\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;

function raw({ url }, begin, localAddress = '127.0.0.1') {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let status = 'cut off';
    const socket = connect({ host: hostname, port: Number(port), localAddress }, () =>
      begin(socket),
    );
    socket.on('data', (chunk) => {
      status = Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 0) || status;
    });
    socket.on('error', () => undefined).on('close', () => resolve(status));
  });
}

const hold = (api, text) => raw(api, (socket) => socket.write(text));

const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
const inBytes = '1\r\n \r\n'.repeat(10_000);
const extended = `1;${'x'.repeat(15_000)}\r\n \r\n`;

const pour = (api, text, localAddress) =>
  raw(
    api,
    (socket) => {
      socket.write(head(loginPath, 'transfer-encoding: chunked'));
      const more = () => {
        while (!socket.destroyed && socket.write(text));
      };
      socket.on('drain', more);
      more();
    },
    localAddress,
  );

/** A packet full of requests, from an address of which no user is known. */
const pipeline = (api, text) =>
  raw(api, (socket) => socket.write(text.repeat(65_536 / text.length)), '127.0.0.2');

/** By a user with a token, as a client does that is stopped. */
const abort = (api) =>
  raw(api, (socket) => {
    socket.write(
      `PUT /image/v2/images/${api.image}/file HTTP/1.1\r\nhost: api\r\nx-auth-token: ${api.token}\r\n` +
        'content-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\n',
    );
    socket.write('x'.repeat(65_536), () => setTimeout(() => socket.destroy(), 20));
  });
