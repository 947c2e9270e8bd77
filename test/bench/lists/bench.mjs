// npm run bench -- lists [--nodes 50000] [--seconds 5] [--service PATH] Reads every list of an api whose database holds
// a large fleet, page after page to its end; then shows of a node and of a server, one after the other, while nobody
// else and while two clients read whole lists.
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, startService, stopService } from '@metalcast/rig';
import { processCpu } from '../process-cpu.mjs';
import { databaseCpu, makeKeys, withServers } from '../scheduler/servers.mjs';
import { fine, table, whole } from '../scheduler/table.mjs';
import { numberOf } from '../usage.mjs';
import { fillFleet } from './fleet.mjs';

const aimMs = 20;
const password = randomBytes(32).toString('base64');
const version = { 'openstack-api-version': 'compute 2.33' };

/** Path and key of each list; `legacy`: whole in one answer. */
const lists = [
  ['metalcast/v1/nodes', 'nodes'],
  ['compute/v2.1/os-baremetal-nodes?limit=1000', 'nodes'],
  ['compute/v2.1/os-baremetal-nodes', 'nodes', 'legacy'],
  ['compute/v2.1/os-hypervisors', 'hypervisors'],
  ['compute/v2.1/os-hypervisors/detail', 'hypervisors'],
  ['compute/v2.1/servers?all_tenants=1', 'servers'],
  ['compute/v2.1/servers/detail?all_tenants=1', 'servers'],
  ['compute/v2.1/servers/detail?project_id=p7', 'servers'],
  ['network/v2.0/ports', 'ports'],
  ['network/v2.0/ports?project_id=p7', 'ports'],
  ['network/v2.0/ports?sort_key=mac_address', 'ports'],
];

export const usage = '[--nodes 50000] [--seconds 5] [--service MAIN.js]';

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      nodes: { type: 'string', default: '50000' },
      seconds: { type: 'string', default: '5' },
      service: {
        type: 'string',
        default: fileURLToPath(new URL('../../../services/api/dist/main.js', import.meta.url)),
      },
    },
  });
  const nodes = numberOf('nodes', values.nodes);
  await withServers({ broker: true }, async (servers) => {
    await fillFleet(servers.sql, { nodes, past: nodes, projects: 100 });
    await withApi(servers, values.service, (api) => measure(api, Number(values.seconds) * 1000));
  });
}

async function withApi({ ledger, database, broker, sql }, main, work) {
  const place = { ledger, logFolder: join(ledger.folder, 'log') };
  const [port, healthPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const { pid } = await startService(place, {
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
      METALCAST_PUBLIC_URL: url,
      METALCAST_IMAGE_DIRECTORY: join(ledger.folder, 'images'),
    },
    health: `http://127.0.0.1:${healthPort}`,
  });
  try {
    const headers = { ...version, 'x-auth-token': await logIn(url) };
    return await work({ url, headers, pid, database, sql });
  } finally {
    await stopService(place, 'api');
  }
}

async function measure(api, ms) {
  const rows = [];
  for (const [path, key, kind] of lists) {
    rows.push(await readList(api, path, key, kind === 'legacy' ? { version: false } : {}));
  }
  process.stdout.write(
    `\n${table(
      ['list', 'rows', 'pages', 'ms a page: median', 'longest', 'CPU ms a 1000: api', 'database'],
      rows,
    )}\n`,
  );
  const shows = await showPaths(api);
  const report = [];
  for (const [what, reading] of [
    ['nobody else', []],
    ['lists of nodes', ['metalcast/v1/nodes', 'compute/v2.1/os-hypervisors/detail']],
    ['lists of servers', ['compute/v2.1/servers/detail?all_tenants=1', 'network/v2.0/ports']],
    ['whole lists of 2013', Array(2).fill('compute/v2.1/os-baremetal-nodes')],
  ]) {
    report.push(...(await showsWhile(api, { what, reading, shows, ms })));
  }
  const lines = report.map(({ what, name, median, p95, max, count, pages }) => [
    `${name}, ${what}`,
    ...[median, p95, max].map(fine),
    ...[count, pages].map(whole),
  ]);
  process.stdout.write(
    `\n${table(['show, while are read', 'median ms', 'p95', 'max', 'shows', 'pages read'], lines)}\n`,
  );
  const slow = report.filter(({ median }) => median > aimMs);
  process.stdout.write(
    `aim: a median below ${aimMs} ms; ${slow.length === 0 ? 'kept' : 'missed'}\n`,
  );
  process.stdout.write(`load average ${loadavg()[0].toFixed(1)}\n`);
}

/** From the first page to the last; the rows, and what a page takes. */
async function readList({ url, headers, pid, database }, path, key, { version: paged = true }) {
  const cpu = () => [processCpu(pid).own, databaseCpu(database)];
  const before = cpu();
  const times = [];
  let count = 0;
  for (let next = `${url}/${path}`; next !== undefined;) {
    const begun = performance.now();
    const body = await get(next, paged ? headers : { 'x-auth-token': headers['x-auth-token'] });
    times.push(performance.now() - begun);
    count += body[key].length;
    next = body[`${key}_links`]?.find(({ rel }) => rel === 'next')?.href;
  }
  times.sort((a, b) => a - b);
  const used = cpu().map(
    (seconds, which) => ((seconds - before[which]) * 1e6) / Math.max(count, 1),
  );
  return [
    path,
    ...[count, times.length].map(whole),
    ...[times[Math.floor(times.length / 2)], times.at(-1), ...used].map(fine),
  ];
}

async function showPaths({ sql }) {
  const { rows: nodes } = await sql.query('SELECT uuid FROM nodes ORDER BY random() LIMIT 200');
  const { rows: servers } = await sql.query(
    'SELECT uuid FROM instances WHERE deleted_at IS NULL ORDER BY random() LIMIT 200',
  );
  return {
    node: nodes.map(({ uuid }) => `metalcast/v1/nodes/${uuid}`),
    server: servers.map(({ uuid }) => `compute/v2.1/servers/${uuid}`),
  };
}

async function showsWhile(api, { what, reading, shows, ms }) {
  const state = { isOver: false, pages: 0 };
  const readers = reading.map((path) => readOn(api, path, state));
  const report = [];
  for (const [name, paths] of Object.entries(shows)) {
    const before = state.pages;
    const times = [];
    const until = performance.now() + ms;
    for (let n = 0; performance.now() < until; n += 1) {
      const begun = performance.now();
      await get(`${api.url}/${paths[n % paths.length]}`, api.headers);
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    const pages = state.pages - before;
    report.push({
      what,
      name,
      median: at(0.5),
      p95: at(0.95),
      max: times.at(-1),
      count: times.length,
      pages,
    });
  }
  state.isOver = true;
  await Promise.all(readers);
  return report;
}

/**
 * Reads the list page after page, and again from its start, until it is told to stop. What it reads is thrown away
 * unparsed.
 */
async function readOn({ url, headers }, path, state) {
  const first = `${url}/${path}`;
  const isLegacy = path.endsWith('os-baremetal-nodes');
  for (let next = first; !state.isOver;) {
    const answer = await fetch(next, {
      headers: isLegacy ? { 'x-auth-token': headers['x-auth-token'] } : headers,
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${next}: ${answer.status} ${text.slice(0, 200)}`);
    }
    state.pages += 1;
    const [, href] = /"href":"([^"]*marker=[^"]*)"/.exec(text.slice(-2000)) ?? [];
    next = href ?? first;
  }
}

async function get(url, headers) {
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${url}: ${answer.status} ${text.slice(0, 200)}`);
  }
  return JSON.parse(text);
}

async function logIn(url) {
  const user = { name: 'admin', domain: { id: 'default' }, password };
  const scope = { project: { name: 'admin', domain: { id: 'default' } } };
  const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } };
  const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.headers.get('x-subject-token');
}
