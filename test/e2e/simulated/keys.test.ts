import { keyFiles, readKeyFolder, sealedTo, type KeyFileRow, type Purpose } from '@metalcast/keys';
import { waitFor } from '@metalcast/testing';
import type { ServiceName } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metalcast } from '../../integration/cli/metalcast.js';

const nodes = 6;
/** Longer than a service needs to notice a changed file, even on a busy machine. */
const untilUsedMs = 12_000;
const patient = { timeoutMs: 240_000, everyMs: 100 };
const purposes: readonly Purpose[] = ['bmc', 'instance', 'token', 'agent'];
let cloud: Cloud;
let phoning: string;

beforeAll(async () => {
  cloud = await Cloud.start({ nodes });
  // Its servers use a phone-home token when they are up.
  phoning = await cloud.addImage('phoning', { metalcast_first_sign: 'phone_home' });
});
afterAll(async () => {
  await cloud.close();
});

/** Builds and deletes on each node, one after another, until stopped. */
class Builds {
  private stopping = false;
  readonly ended: { readonly status: string; readonly begun: number; readonly fault: unknown }[] =
    [];
  private readonly lines = Array.from({ length: nodes }, () => this.line());

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.lines);
  }

  /** Waits until one build per node that started after `moment` has ended. */
  async sinceThen(moment: number): Promise<void> {
    const begunAfter = (): number => this.ended.filter(({ begun }) => begun > moment).length;
    await waitFor(() => begunAfter() >= nodes, { ...patient, what: 'builds to begin and end' });
  }

  private async line(): Promise<void> {
    while (!this.stopping) {
      const begun = Date.now();
      const id = await cloud.build(undefined, phoning);
      const { status, fault } = await cloud.built(id);
      this.ended.push({ status, begun, fault });
      await cloud.delete(id);
      await cloud.deleted(id);
    }
  }
}

const command = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await metalcast(['keys', ...args], {
    DATABASE_URL: cloud.databaseUrl,
  });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

const kidsOf = (purpose: Purpose): string[] =>
  readKeyFolder(cloud.keys, purpose).keys.map(({ kid }) => kid);

/** Waits until every service with keys of the purpose has read the present ones. */
async function hasBeenRead(purpose: Purpose): Promise<void> {
  const kids = `"kids":${JSON.stringify(kidsOf(purpose))}`;
  const rows = (Object.values(keyFiles) as KeyFileRow[]).filter((row) => row.purpose === purpose);
  for (const service of rows.flatMap((row) => row.services)) {
    const what = `${service} to have the keys of ${purpose}`;
    await waitFor(() => cloud.log(service as ServiceName).includes(kids), { ...patient, what });
  }
}

const keysOfPasswords = async (): Promise<Set<string | undefined>> => {
  const rows = await cloud.database.prisma.node.findMany({ select: { pmSecret: true } });
  return new Set(rows.map(({ pmSecret }) => sealedTo(pmSecret ?? '')));
};

test('every key is exchanged while servers are built, and none of them fails', async () => {
  const builds = new Builds();
  await builds.sinceThen(0);
  const used = Date.now() + untilUsedMs;
  for (const purpose of purposes) {
    const minutes = (used - Date.now()) / 60_000;
    await command('rotate', purpose, cloud.keys, '--minutes', String(Math.max(0, minutes)));
  }
  await Promise.all(purposes.map(hasBeenRead));
  expect(Date.now()).toBeLessThan(used);
  await builds.sinceThen(used + 1000);

  const [newest, former] = kidsOf('bmc');
  expect(await keysOfPasswords()).toEqual(new Set([former]));
  await command('reseal', cloud.keys);
  expect(await keysOfPasswords()).toEqual(new Set([newest]));
  for (const purpose of purposes.filter((each) => each !== 'token')) {
    await command('prune', purpose, cloud.keys);
    await hasBeenRead(purpose);
  }
  await builds.sinceThen(Date.now());
  await builds.stop();
  expect(builds.ended.filter(({ status }) => status !== 'ACTIVE')).toEqual([]);
});
