// npm run bench -- boot [--runs N]: boots servers one after the other on the lab that runs (npm run lab) and prints,
// for each, its timeline from POST /servers to the node's own marker, and which intervals are the node's and which are
// ours.
import { readFileSync, statSync, watch } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openSession } from '@metalcast/cloud-client';
import { intervals, summary } from './intervals.mjs';

const folder = fileURLToPath(new URL('../../../.lab', import.meta.url));
const say = (line) => process.stdout.write(`${line}\n`);
const timeoutMs = 300_000;

export const usage = '[--runs 3] [--folder .lab]';

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      runs: { type: 'string', default: '3' },
      folder: { type: 'string', default: folder },
    },
  });
  const lab = JSON.parse(readFileSync(`${values.folder}/lab.json`, 'utf8'));
  const session = await openSession({
    authUrl: `${lab.api}/identity`,
    user: 'admin',
    password: /OS_PASSWORD='(.*)'/.exec(readFileSync(`${values.folder}/openrc`, 'utf8'))[1],
    project: 'admin',
  });
  const image = await idOf(session, 'image', '/v2/images?name=metalcast-test', 'images');
  const runs = [];
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const events = await boot(session, lab, image, `bench-${run}`);
    const parts = intervals(events);
    say(`\nRun ${run}`);
    for (const { at, took, whose, what } of parts) {
      say(
        `${at.toFixed(2).padStart(7)} s  ${took.toFixed(2).padStart(6)} s  ${whose.padEnd(4)}  ${what}`,
      );
    }
    runs.push(parts);
  }
  say(`\n${summary(runs)}`);
  say(
    'Limited by: one emulated CPU for each node (QEMU without KVM) beside six services, broker and database.',
  );
}

async function idOf(session, api, path, list) {
  const { [list]: found } = await session.request({ api, path });
  if (found[0] === undefined) throw new Error(`nothing at ${path}: is the lab up?`);
  return found[0].id;
}

async function boot(session, lab, image, name) {
  const serials = lab.nodes.map(({ serial }) => ({ serial, from: sizeOf(serial) }));
  const posted = Date.now();
  const { server } = await session.request({
    api: 'compute',
    method: 'POST',
    path: '/servers',
    body: { server: { name, imageRef: image, flavorRef: 'lab' } },
  });
  const marker = await firstMarker(serials, server.id, session);
  const shown = (await session.request({ api: 'compute', path: `/servers/${server.id}` })).server;
  const node = shown['OS-EXT-SRV-ATTR:hypervisor_hostname'];
  const events = [...(await trace(session, server.id)), ...(await trace(session, node))]
    .map((event) => ({ ...event, time: Date.parse(event.time) }))
    .filter(({ time }) => time >= posted - 1000);
  await remove(session, server.id);
  return [
    { type: 'POST /servers', time: posted, data: {} },
    ...events.sort((one, other) => one.time - other.time),
    { type: 'marker', time: marker, data: {} },
  ];
}

const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** When the marker of this server appears on any console. */
function firstMarker(serials, id, session) {
  return new Promise((resolve, reject) => {
    const watchers = [];
    const done = (act, value) => {
      clearTimeout(timer);
      clearInterval(looking);
      for (const watcher of watchers) watcher.close();
      act(value);
    };
    const timer = setTimeout(() => done(reject, new Error(`no marker of ${id}`)), timeoutMs);
    const looking = setInterval(async () => {
      const { server } = await session.request({ api: 'compute', path: `/servers/${id}` });
      if (server.status === 'ERROR') done(reject, new Error(server.fault.message));
    }, 2000);
    for (const { serial, from } of serials) {
      const look = () => {
        const text = readFileSync(serial).subarray(from).toString('latin1');
        if (new RegExp(`METALCAST-READY .*uuid=${id}`).test(text)) done(resolve, Date.now());
      };
      watchers.push(watch(serial, look));
    }
  });
}

async function trace(session, subject) {
  const all = [];
  for (let after = '0'; ;) {
    const path = `/events/${subject}?after=${after}&limit=1000`;
    const { events } = await session.request({ api: 'metalcast', path });
    if (events.length === 0) return all;
    all.push(...events);
    after = events.at(-1).sequence;
  }
}

async function remove(session, id) {
  const path = `/servers/${id}`;
  await session.request({ api: 'compute', method: 'DELETE', path });
  const gone = async () =>
    session.request({ api: 'compute', path }).then(
      () => false,
      (error) => error.status === 404,
    );
  while (!(await gone())) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
