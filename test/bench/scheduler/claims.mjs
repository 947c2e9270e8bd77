// Claims by several workers at once against a real PostgreSQL: the service's own, beside its one UPDATE alone.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { databaseCpu, fill, withServers } from './servers.mjs';

/** So many that compiling and planning, which each process and connection does once, weigh little. */
const builds = 10_000;
/** Twice as many nodes: workers that do not know of each other lose some. */
const nodes = 2 * builds;
const workers = 10;

export function measureClaims() {
  return withServers({}, async (servers) => {
    const rows = [];
    for (const processes of [1, 4]) {
      for (const how of ['bare', 'service']) {
        rows.push({ processes, how, workers, ...(await run(servers, processes, how)) });
      }
    }
    return rows;
  });
}

async function run({ database, sql }, processes, how) {
  const asked = await fill(sql, nodes, builds);
  const children = Array.from({ length: processes }, () =>
    fork(new URL('claim-process.mjs', import.meta.url)),
  );
  await Promise.all(
    children.map((child, index) => {
      const own = asked.filter((_, place) => place % processes === index);
      child.send({ how, url: database.url, workers, builds: own });
      return answerOf(child);
    }),
  );
  const cpu = databaseCpu(database);
  const begun = performance.now();
  const answers = await Promise.all(
    children.map(async (child) => {
      const answer = answerOf(child);
      child.send('go');
      return answer;
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const databaseMs = (databaseCpu(database) - cpu) * 1000;
  await mustBeWhole(sql, how);
  return { ...figures(answers), perSecond: builds / seconds, databaseMs: databaseMs / builds };
}

/** Its next message; throws when it ends before. */
async function answerOf(child) {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`);
    });
    ended.catch(() => undefined);
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    settled.abort();
  }
}

function figures(answers) {
  const sum = (of) => answers.reduce((total, answer) => total + of(answer), 0);
  const lasted = answers.flatMap((answer) => answer.lasted).sort((one, other) => one - other);
  const tries = lasted.length;
  return {
    lostShare: sum(({ lost }) => lost) / tries,
    roundTrips: sum((answer) => answer.roundTrips) / tries,
    cpuMs: sum((answer) => answer.cpuMs) / builds,
    p50Ms: lasted[Math.floor(tries * 0.5)],
    p99Ms: lasted[Math.floor(tries * 0.99)],
  };
}

/** A bench of claims that were not made would be a fast one. */
async function mustBeWhole(sql, how) {
  const { rows } = await sql.query(
    `SELECT count(*)::int AS taken, count(DISTINCT instance_uuid)::int AS servers,
            (SELECT count(*)::int FROM operations WHERE awaiting IS NULL AND node_id IS NOT NULL) AS operations,
            (SELECT count(*)::int FROM outbox) AS messages
       FROM nodes WHERE instance_uuid IS NOT NULL AND epoch = 1`,
  );
  const [{ taken, servers, operations, messages }] = rows;
  const isWhole = how === 'bare' || (operations === builds && messages === 3 * builds);
  if (taken !== builds || servers !== builds || !isWhole) {
    throw new Error(`claims are missing: ${JSON.stringify(rows[0])}`);
  }
}
