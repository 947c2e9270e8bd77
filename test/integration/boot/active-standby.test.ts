// Who serves the provisioning network, by real leases; what is served here is nothing.
import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActiveStandby, type Active } from '../../../services/boot/src/active/active-standby.js';

const leaseMs = 5000;
/** Well within a lease: what follows at once does not wait for one to lapse. */
const atOnceMs = 4000;
const renewMs = 1000;

let rows: TestDatabase;
let database: ModelDatabase;

beforeAll(async () => {
  rows = await startDatabase();
  database = new ModelDatabase({ url: rows.url, poolSize: 4, applicationName: 'standby-test' });
});

afterAll(async () => {
  await database.close();
  await rows.close();
});

/** What is served from the call of `start` on, as ports are open before all of a start is done. */
class Served implements Active {
  up = false;
  constructor(private readonly started: Promise<unknown>) {}
  async start(): Promise<void> {
    this.up = true;
    await this.started;
  }
  stop(): Promise<void> {
    this.up = false;
    return Promise.resolve();
  }
}

class Candidate {
  readonly served: Served[] = [];
  readonly log: string[] = [];
  readonly standby: ActiveStandby;

  constructor(
    name: string,
    owner: string,
    started: () => Promise<unknown>,
    { on = database, ...timing }: { on?: ModelDatabase; renewMs?: number } = {},
  ) {
    const write = (line: string): void => void this.log.push(line);
    this.standby = new ActiveStandby({
      database: on,
      logger: createLogger('boot', 'info', { write }),
      ...{ name, owner, leaseMs, renewMs, ...timing },
      create: () => {
        const served = new Served(started());
        this.served.push(served);
        return served;
      },
    });
  }

  get serves(): boolean {
    return this.served.some(({ up }) => up);
  }

  async serving(timeoutMs: number): Promise<void> {
    await waitFor(() => this.serves, { timeoutMs, what: 'a candidate to serve' });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const atOnce = () => Promise.resolve();
const never = () => new Promise(() => undefined);

test('the lease is kept while a start takes long, and let go at once by a stop', async () => {
  const slow = new Candidate('slow', 'boot@a', never);
  const other = new Candidate('slow', 'boot@b', atOnce);
  slow.standby.start();
  await slow.serving(15_000);
  other.standby.start();
  await pause(2 * leaseMs);
  expect([slow.serves, other.serves]).toEqual([true, false]);
  expect(other.standby.ready).toBe(true);
  await slow.standby.stop();
  expect(slow.serves).toBe(false);
  await other.serving(atOnceMs);
  await other.standby.stop();
});

/** `other` serves in the end, and never at the same time as `former`. */
async function takesOver(other: Candidate, former: Candidate): Promise<void> {
  const both: boolean[] = [];
  await waitFor(
    () => {
      both.push(former.serves && other.serves);
      return other.serves;
    },
    { timeoutMs: 2 * leaseMs + 10_000, what: 'the other to serve' },
  );
  expect(both).not.toContain(true);
}

test('who can’t renew its lease stops serving before another may begin, even in the midst of its start', async () => {
  const own = new ModelDatabase({ url: rows.url, poolSize: 1, applicationName: 'standby-cut-off' });
  const cutOff = new Candidate('cut off', 'boot@a', () => pause(4 * leaseMs), { on: own });
  const other = new Candidate('cut off', 'boot@b', atOnce);
  cutOff.standby.start();
  await cutOff.serving(15_000);
  other.standby.start();
  // Its only connection is taken.
  const held = own.prisma.$queryRaw`SELECT pg_sleep(12)::text`.then((rows) => rows);
  await takesOver(other, cutOff);
  await held;
  await Promise.all([cutOff.standby.stop(), other.standby.stop()]);
  await own.close();
});

test('a foreign program on its port: not ready, told with address and port, and another host serves', async () => {
  const inUse = Object.assign(new Error('listen EADDRINUSE'), {
    code: 'EADDRINUSE',
    address: '10.88.0.1',
    port: 8780,
  });
  const blocked = new Candidate('blocked', 'boot@a', () => Promise.reject(inUse));
  const other = new Candidate('blocked', 'boot@b', atOnce);
  blocked.standby.start();
  await waitFor(() => blocked.log.length > 0, { timeoutMs: 15_000, what: 'a complaint' });
  other.standby.start();
  expect(JSON.parse(blocked.log[0] ?? '')).toMatchObject({ address: '10.88.0.1', port: 8780 });
  expect(blocked.standby.ready).toBe(false);
  await other.serving(leaseMs + 10_000);
  await Promise.all([blocked.standby.stop(), other.standby.stop()]);
});

test('a start that fails leaves the lease to another at once', async () => {
  const failing = new Candidate('failing', 'boot@a', () => Promise.reject(new Error('no dnsmasq')));
  const other = new Candidate('failing', 'boot@b', atOnce);
  failing.standby.start();
  await waitFor(() => failing.log.length > 0, { timeoutMs: 15_000, what: 'a complaint' });
  other.standby.start();
  await other.serving(atOnceMs);
  await Promise.all([failing.standby.stop(), other.standby.stop()]);
});

/** What a jump of the database's clock does to the leases that were given before. */
async function jumpAhead(name: string): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE leases SET lease_until = lease_until - interval '1 hour' WHERE name = ${name}`;
}

test('a jump of the database’s clock lets no two serve, and does not end the one who does', async () => {
  const one = new Candidate('jump', 'boot@a', atOnce, { renewMs: 3000 });
  const other = new Candidate('jump', 'boot@b', atOnce);
  one.standby.start();
  await one.serving(15_000);
  other.standby.start();
  await waitFor(() => other.standby.ready, { timeoutMs: 15_000, what: 'the other to stand by' });
  const claimed = () =>
    database.prisma.lease.findUniqueOrThrow({
      where: { name: 'jump' },
      select: { leaseUntil: true },
    });
  await jumpAhead('jump');
  const jumped = await claimed();
  const both: boolean[] = [];
  await waitFor(
    async () => {
      both.push(other.serves);
      return (await claimed()).leaseUntil! > jumped.leaseUntil!;
    },
    { timeoutMs: 15_000, what: 'the lease to be renewed' },
  );
  expect(both).not.toContain(true);
  expect([one.serves, other.serves]).toEqual([true, false]);
  await Promise.all([one.standby.stop(), other.standby.stop()]);
});

test('one who cannot reach the database, whose clock jumps, has stopped before another begins', async () => {
  const own = new ModelDatabase({ url: rows.url, poolSize: 1, applicationName: 'standby-jump' });
  const cutOff = new Candidate('cut off, jump', 'boot@a', atOnce, { on: own });
  const other = new Candidate('cut off, jump', 'boot@b', atOnce);
  cutOff.standby.start();
  await cutOff.serving(15_000);
  other.standby.start();
  const held = own.prisma.$queryRaw`SELECT pg_sleep(12)::text`.then((rows) => rows);
  await jumpAhead('cut off, jump');
  await takesOver(other, cutOff);
  await held;
  await Promise.all([cutOff.standby.stop(), other.standby.stop()]);
  await own.close();
});
