// npm run bench -- floods [--seconds 5] [--only 'wrong tokens,…'] [--service PATH] [--against PATH]
// What an authenticated user's GET /flavors takes while strangers flood the API: median and p95, quiet and under each
// flood, and how long a right log-in takes. `--service` and `--against` name built api services (dist/main.js): a
// second one is measured in the same run, for comparison.
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, startService, stopService } from '@metalcast/rig';
import { makeKeys, withServers } from '../scheduler/servers.mjs';
import { table } from '../scheduler/table.mjs';
import { floodNames, startFlood } from './flood.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const aimMs = 100;
const answerMs = 30_000;
const password = randomBytes(32).toString('base64');

export const usage = '[--seconds 5] [--only NAMES] [--service MAIN.js] [--against MAIN.js]';

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', default: floodNames.join(',') },
      service: { type: 'string', default: here('../../../services/api/dist/main.js') },
      against: { type: 'string' },
    },
  });
  const names = floodNames.filter((name) => values.only.split(',').includes(name));
  for (const main of [values.against, values.service]) {
    if (main !== undefined) {
      const rows = await withServers({ broker: true }, (servers) =>
        measure(servers, main, names, Number(values.seconds) * 1000),
      );
      process.stdout.write(`\n${main}\n${report(rows)}\n`);
    }
  }
}

async function measure({ ledger, database, broker }, main, names, ms) {
  const place = { ledger, logFolder: join(ledger.folder, 'log') };
  const [port, healthPort] = [await freePort(), await freePort()];
  await startService(place, {
    name: 'api',
    command: process.execPath,
    args: [main],
    env: {
      DATABASE_URL: database.url,
      AMQP_URL: broker.url,
      ...makeKeys('api', ledger),
      METALCAST_ADMIN_PASSWORD: password,
      METALCAST_SERVICE_PASSWORD: password,
      METALCAST_LISTEN_PORT: String(port),
      METALCAST_HEALTH_PORT: String(healthPort),
      METALCAST_IMAGE_DIRECTORY: join(ledger.folder, 'images'),
    },
    health: `http://127.0.0.1:${healthPort}`,
  });
  const url = `http://127.0.0.1:${port}`;
  const { token } = await logIn(url);
  const image = await newImage(url, token);
  const rows = [{ name: 'quiet', ...(await sample(url, token, ms)), ...(await timedLogin(url)) }];
  for (const name of names) {
    rows.push({ name, ...(await underFlood({ name, url, token, image }, ms)) });
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
    await becomesQuiet(url, token);
  }
  await stopService(place, 'api');
  return rows;
}

async function underFlood(flood, ms) {
  const running = await startFlood(flood);
  try {
    await pause(1000);
    const login = timedLogin(flood.url);
    const times = await sample(flood.url, flood.token, ms);
    return { ...times, ...(await login), answers: await running.answers() };
  } finally {
    await running.stop();
  }
}

/** One request after the other, twenty a second at most. */
async function sample(url, token, ms) {
  const times = [];
  let failed = 0;
  const until = performance.now() + ms;
  while (performance.now() < until || times.length < 5) {
    const begun = performance.now();
    const ok = await fetch(`${url}/compute/v2.1/flavors`, {
      headers: { 'x-auth-token': token },
      signal: AbortSignal.timeout(answerMs),
    }).then(
      async (answer) => (await answer.text()) !== '' && answer.ok,
      () => false,
    );
    // A quick failure is no quick answer.
    times.push(ok ? performance.now() - begun : Infinity);
    failed += ok ? 0 : 1;
    await pause(50);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { median: at(0.5), p95: at(0.95), requests: times.length, failed };
}

/** As a patient client does it: told to wait it waits. */
async function timedLogin(url) {
  const begun = performance.now();
  const { token, refused } = await logIn(url).catch(() => ({ token: null, refused: 0 }));
  return { loginMs: token === null ? Infinity : performance.now() - begun, refused };
}

async function logIn(url) {
  const user = { name: 'admin', domain: { id: 'default' }, password };
  const body = { auth: { identity: { methods: ['password'], password: { user } } } };
  for (let refused = 0; ; refused += 1) {
    const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(2 * answerMs),
    });
    await answer.text();
    if (answer.status !== 429 || refused > 20) {
      return { token: answer.headers.get('x-subject-token'), refused };
    }
    await pause(Number(answer.headers.get('retry-after')) * 1000);
  }
}

async function newImage(url, token) {
  const answer = await fetch(`${url}/image/v2/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': token },
    body: JSON.stringify({ name: 'x', disk_format: 'raw', container_format: 'bare' }),
  });
  return (await answer.json()).id;
}

/** What one flood left behind is not the next one's. */
async function becomesQuiet(url, token) {
  const until = performance.now() + 60_000;
  while (performance.now() < until) {
    const { p95 } = await sample(url, token, 500);
    if (p95 < aimMs * 2) return;
  }
}

function report(rows) {
  const ms = (value) => (value === Infinity ? 'none' : value.toFixed(0));
  const cells = rows.map((row) => [
    row.name,
    ms(row.median),
    ms(row.p95),
    `${row.failed} of ${row.requests}`,
    ms(row.loginMs),
    String(row.refused),
    Object.entries(row.answers ?? {})
      .map(([answer, count]) => `${answer}: ${count}`)
      .join(', '),
    row.name === 'quiet' ? '' : row.failed === 0 && row.median < aimMs ? 'yes' : 'no',
  ]);
  const headings = [
    'flood',
    'median ms',
    'p95 ms',
    'failed',
    'log-in ms',
    '429s',
    'flooders saw',
    `under ${aimMs}`,
  ];
  return `${table(headings, cells)}\nload average ${loadavg()[0].toFixed(1)}`;
}
