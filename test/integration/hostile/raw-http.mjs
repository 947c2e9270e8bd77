// An HTTP client of ill will: broken request lines, lies about lengths, bodies that never end, connections that are
// left half-open or cut off, JSON that no schema expects. It runs as a program, in the namespace that it is started in.
// Argument: JSON { address, from?, port, seed, rounds, requests: [{ method, path, type?, body? }] }. Prints how the
// attempts ended: { statuses: { "400": 12, … }, unanswered }. The same seed makes the same attempts.
import { connect } from 'node:net';

const { address, from, port, seed, rounds, requests } = JSON.parse(process.argv[2]);
const patienceMs = 1500;
const atOnce = 12;

let state = (seed % 2_147_483_646) + 1;
const random = (below) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
const pick = (list) => list[random(list.length)];
const noise = (length) => Buffer.from(Array.from({ length }, () => random(256)));
const text = (length) =>
  noise(length)
    .toString('latin1')
    .replaceAll(/[\r\n]/g, '.');

const oddValues = [
  null,
  true,
  -1,
  1e308,
  2 ** 53,
  '',
  '\u0000',
  '../../etc/passwd',
  'constructor',
  '__proto__',
  'x'.repeat(5000),
  [],
  [[[[[]]]]],
  {},
  { toString: 1 },
  { length: -1 },
  '😀',
  "'; DROP TABLE nodes; --",
];

/** The value with some of it exchanged, left out or doubled. */
function mutated(value, depth = 0) {
  if (random(6) === 0) {
    return pick(oddValues);
  }
  if (Array.isArray(value)) {
    const list = value.map((item) => mutated(item, depth + 1));
    return random(5) === 0 ? [...list, ...list] : list;
  }
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value).filter(() => random(8) > 0);
    const odd =
      random(4) === 0 ? [[pick(['__proto__', 'x', '', 'constructor']), pick(oddValues)]] : [];
    return Object.fromEntries(
      [...fields, ...odd].map(([key, item]) => [key, mutated(item, depth + 1)]),
    );
  }
  return value;
}

const head = (request, more = '') =>
  `${request.method} ${request.path} HTTP/1.1\r\nhost: x\r\n${more}`;
const json = (request) => JSON.stringify(mutated(request.body ?? {}));
const typed = (request) => `content-type: ${request.type ?? 'application/json'}\r\n`;
const whole = (request, body) =>
  head(request, `${typed(request)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

/** What is written, and whether the connection is cut off after it. */
const attempts = [
  (request) => ({ bytes: whole(request, json(request)) }),
  (request) => ({ bytes: whole(request, json(request)) }),
  (request) => ({ bytes: whole(request, json(request).slice(0, random(40))) }),
  (request) => ({ bytes: whole(request, '['.repeat(20_000)) }),
  (request) => ({ bytes: whole(request, text(random(2000))) }),
  () => ({ bytes: noise(random(500) + 1) }),
  () => ({ bytes: `${text(20)}\r\n\r\n` }),
  (request) => ({
    bytes: head(request, '\r\n').replace('HTTP/1.1', pick(['HTTP/9.9', 'ICY', ''])),
  }),
  (request) => ({ bytes: head({ ...request, path: `${request.path}${text(30)}` }, '\r\n') }),
  (request) => ({ bytes: head({ ...request, path: `/${'%'.repeat(random(50))}` }, '\r\n') }),
  (request) => ({
    bytes: head({ ...request, path: `${request.path}/../../${'a/'.repeat(3000)}` }, '\r\n'),
  }),
  (request) => ({ bytes: head(request, `range: bytes=${random(9)}-${random(99)}\r\n\r\n`) }),
  (request) => ({ bytes: head(request, `${'x: y\r\n'.repeat(3000)}\r\n`) }),
  (request) => ({ bytes: head(request, `x: ${'y'.repeat(40_000)}\r\n\r\n`) }),
  (request) => ({ bytes: head(request, `${typed(request)}content-length: 99999999999\r\n\r\n{`) }),
  (request) => ({ bytes: head(request, `${typed(request)}content-length: -1\r\n\r\n{}`) }),
  (request) => ({
    bytes: head(
      request,
      `${typed(request)}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
    ),
  }),
  (request) => ({
    bytes: head(
      request,
      `${typed(request)}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    ),
  }),
  (request) => ({
    bytes: head(request, `${typed(request)}transfer-encoding: chunked\r\n\r\nfffffff\r\n{"a":`),
    cut: true,
  }),
  (request) => ({ bytes: whole(request, json(request)), cut: true }),
  (request) => ({ bytes: head(request, '\r\n'), cut: true }),
  (request) => ({ bytes: head(request, 'x'), half: true }),
  (request) => ({ bytes: head(request, `connection: upgrade\r\nupgrade: websocket\r\n\r\n`) }),
  (request) => ({ bytes: head(request, `expect: 100-continue\r\ncontent-length: 5\r\n\r\n`) }),
  (request) => ({ bytes: head(request, '\r\n').repeat(random(20) + 2) }),
  (request) => ({
    bytes: head({ ...request, method: pick(['CONNECT', 'TRACE', 'PRI', 'get', 'DELETE']) }, '\r\n'),
  }),
  () => ({ bytes: '', cut: true }),
];

/** The status of the first answer; 0: none came. */
function attempt() {
  const { bytes, cut, half } = pick(attempts)(pick(requests));
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: address, port, localAddress: from });
    const end = () => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0));
    };
    socket.setTimeout(patienceMs, end);
    socket.on('error', end);
    socket.on('close', end);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (heard.includes('\r\n\r\n')) {
        end();
      }
    });
    socket.on('connect', () => {
      socket.write(bytes);
      if (cut) {
        setImmediate(end);
      } else if (half) {
        socket.end();
      }
    });
  });
}

const statuses = {};
let unanswered = 0;
for (let done = 0; done < rounds; done += atOnce) {
  for (const status of await Promise.all(Array.from({ length: atOnce }, attempt))) {
    if (status === 0) {
      unanswered += 1;
    } else {
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }
}
process.stdout.write(JSON.stringify({ statuses, unanswered }));
