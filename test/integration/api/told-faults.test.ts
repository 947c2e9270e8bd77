// What a member may read of what happened to a server: no machine, host or BMC is named in any answer.
import { randomUUID } from 'node:crypto';
import { Fault, faults, type FaultCode } from '@metalcast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, request, type Answer } from './api-process.js';
import { startServerRig, type ServerRig } from './server-rig.js';

const node = 'cafecafe-0000-4000-8000-000000000001';
const canary = `canary-node ${node} canary-host 10.66.66.66`;
const canaries = /canary|cafecafe|10\.66\.66\.66/;
const codes = Object.keys(faults) as FaultCode[];

/** Details that are the server's own, or of the image that its owner chose. */
const own = [
  'image',
  'neededMb',
  'diskMb',
  'availableMb',
  'attempts',
  'counts',
  'sign',
  'reference',
];
const places = codes.flatMap((code) => [...faults[code].message.matchAll(/\{(\w+)\}/g)]);
const details = Object.fromEntries(
  [...places.map(([, name = '']) => name), 'counts'].map((name) => [
    name,
    own.includes(name) ? `own-${name}` : canary,
  ]),
);

const faultOf = (code: FaultCode): Fault =>
  new Fault(
    code,
    // The reason is one of the image alone.
    code === 'IMAGE_UNSUITABLE' ? { ...details, reason: 'own-reason' } : details,
    { evidence: [canary] },
  );

let rig: ServerRig;
let member: string;
let server: string;
let requestId: string;

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'alice');
  server = await rig.server({}, {}, { token: member });
  ({ requestId } = await rig.api.database.prisma.operation.findFirstOrThrow({
    where: { instanceUuid: server },
  }));
});
afterAll(() => rig.close());

/** The server's build failed by the fault, on a machine that has a name. */
async function fails(code: FaultCode): Promise<void> {
  const { prisma } = rig.api.database;
  const fault = { ...faultOf(code).toRecord('schedule') };
  await prisma.instance.update({
    where: { uuid: server },
    data: { vmState: 'error', taskState: null, host: 'canary-host', node, fault },
  });
  const operation = await prisma.operation.findFirstOrThrow({ where: { instanceUuid: server } });
  const tried = { node, name: 'canary-node', host: 'canary-host', fault };
  await prisma.operation.update({
    where: { id: operation.id },
    data: { fault, nodesTried: [tried] },
  });
  const step = { operationId: operation.id, step: 'schedule', attempt: 1, node, detail: fault };
  await prisma.operationStep.deleteMany({ where: { operationId: operation.id } });
  await prisma.operationStep.create({ data: { ...step, result: 'failed' } });
  await prisma.event.deleteMany({ where: { subject: server, n: { gte: 100 } } });
  const about = { subject: server, time: new Date(), requestId };
  const data = { operation: operation.id, kind: 'build', node, host: 'canary-host', fault };
  await prisma.event.create({
    data: { id: randomUUID(), type: 'instance.failed', n: 100n, ...about, data },
  });
}

const get = (path: string, token = member): Promise<Answer> =>
  request(`${rig.api.url}${path}`, 'GET', { token });

const withFaults = (): string[] => [
  `/compute/v2.1/servers/${server}`,
  '/compute/v2.1/servers/detail',
  `/compute/v2.1/servers/${server}/os-instance-actions`,
  `/compute/v2.1/servers/${server}/os-instance-actions/${requestId}`,
  `/metalcast/v1/servers/${server}/operations`,
  `/metalcast/v1/events/${server}`,
];

test.each(codes)(
  '%s: a member reads its code and a sentence, an administrator all',
  async (code) => {
    await fails(code);
    for (const path of withFaults()) {
      const { status, body } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body), path).not.toMatch(canaries);
    }
    const operations = await get(`/metalcast/v1/servers/${server}/operations`, rig.api.admin);
    expect(JSON.stringify(operations.body)).toMatch(/canary-node.*10\.66\.66\.66/);
  },
);

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every GET that is documented, asked for the server (or what its id can name). */
async function everyRead(): Promise<string[]> {
  const apis = ['compute', 'identity', 'image', 'network', 'metalcast'];
  const documents = await Promise.all(apis.map((api) => get(`/${api}/openapi.json`)));
  return documents.flatMap(({ body }) => {
    const { servers, paths } = body as unknown as Document;
    const base = new URL(servers[0]?.url ?? '', rig.api.url).pathname.replace(/\/$/, '');
    return Object.entries(paths).flatMap(([path, methods]) =>
      'get' in methods
        ? [
            base +
              path
                .replaceAll(/\{(?:requestId|request_id)\}/g, requestId)
                .replaceAll(/\{\w+\}/g, server),
          ]
        : [],
    );
  });
}

test('no route that a member may read names the machine, its host or its BMC', async () => {
  await fails('POWER_REFUSED');
  const paths = await everyRead();
  const answered: string[] = [];
  for (const path of paths) {
    const { status, body } = await get(path);
    expect(JSON.stringify(body), path).not.toMatch(canaries);
    if (status === 200) {
      answered.push(path);
    }
  }
  expect(withFaults().filter((path) => !answered.includes(path))).toEqual([]);
  expect(answered.length).toBeGreaterThan(20);
});
