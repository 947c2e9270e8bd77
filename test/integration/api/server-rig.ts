import { randomUUID } from 'node:crypto';
import { beat } from '@metalcast/db';
import { imageStatus } from '@metalcast/domain';
import {
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
  type ApiSettings,
} from './api-process.js';
import { aBmc } from './node-requests.js';

/** Fields that the tests of the compute API look into; each answer has some of them. */
export interface Seen {
  readonly id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** An api with a flavor and an image to ask for servers with; nobody places them. */
export interface ServerRig {
  readonly api: ApiProcess;
  readonly image: string;
  /** A request to the compute API. */
  compute(method: string, path: string, body?: object, options?: Sending): Promise<Answer>;
  /** A request for a server; `beside` stands beside it in the body. */
  ask(server?: object, beside?: object, options?: Sending): Promise<Answer>;
  /** A server that was asked for. */
  server(server?: object, beside?: object, options?: Sending): Promise<string>;
  /** A node's uuid. */
  enrol(node?: object): Promise<string>;
  close(): Promise<void>;
}

interface Sending {
  readonly token?: string;
  /** 2.N */
  readonly minor?: number;
}

export async function startServerRig(settings: ApiSettings = {}): Promise<ServerRig> {
  const api = await startApiProcess(settings);
  const image = randomUUID();
  await addImage(api, image);
  await addNetwork(api, { cidr: '10.99.0.0/24' });
  const flavor = { flavorid: 'small', name: 'small', memoryMb: 512, vcpus: 1, rootGb: 4 };
  await api.database.prisma.flavor.create({ data: flavor });
  const rig: ServerRig = {
    api,
    image,
    compute: (method, path, body, { token = api.admin, minor } = {}) =>
      request(`${api.url}/compute/v2.1/${path}`, method, {
        token,
        ...(body === undefined ? {} : { body }),
        ...(minor === undefined
          ? {}
          : { headers: { 'openstack-api-version': `compute 2.${String(minor)}` } }),
      }),
    ask: (server = {}, beside = {}, options = {}) => {
      const whole = { name: 'web', flavorRef: 'small', imageRef: image, ...server };
      return rig.compute('POST', 'servers', { server: whole, ...beside }, options);
    },
    server: async (...args) => seenIn(await rig.ask(...args), 'server').id,
    enrol: async (node = {}) => {
      const power = aBmc();
      const size = { cpus: 2, memory_mb: 2048, local_gb: 10 };
      const answer = await request(`${api.url}/metalcast/v1/nodes`, 'POST', {
        token: api.admin,
        body: { node: { ...size, power, ...node } },
      });
      return String(seenIn(answer, 'node')['uuid']);
    },
    close: () => api.close(),
  };
  return rig;
}

/** What stands under `key` in the answer's body; the whole answer in the message when nothing does. */
export function seenIn({ status, body }: Answer, key: string): Seen {
  const seen = (body as unknown as Record<string, Seen | undefined>)[key];
  if (seen === undefined) {
    throw new Error(`no ${key} in ${String(status)} ${JSON.stringify(body)}`);
  }
  return seen;
}

/** The message of a fault in Nova's form, or in Metalcast's. */
export const messageIn = ({ body }: Answer): string =>
  (Object.values(body) as { message?: string }[])[0]?.message ?? '';

/** A compute host whose service was heard of now. */
export async function addComputeHost({ database }: ApiProcess, host: string): Promise<void> {
  const binary = 'nova-compute';
  await beat(database, { host, binary, topic: 'compute', version: '1.0', details: {} }, true);
}

/** A network's id; shared unless `projectId` says whose it is. With a /24 subnet when `cidr` names one. */
export async function addNetwork(
  { database: { prisma } }: ApiProcess,
  { cidr, projectId }: { readonly cidr?: string; readonly projectId?: string } = {},
): Promise<string> {
  const networkId = randomUUID();
  const owner = projectId ?? 'admin';
  const shared = projectId === undefined;
  await prisma.network.create({ data: { id: networkId, name: 'net', projectId: owner, shared } });
  if (cidr !== undefined) {
    const [first, last] = ['10', '100'].map((host) => cidr.replace(/\d+\/\d+$/, host));
    const allocationPools = [{ start: first!, end: last! }];
    await prisma.subnet.create({
      data: { id: randomUUID(), networkId, projectId: owner, cidr, allocationPools },
    });
  }
  return networkId;
}

async function addImage({ database }: ApiProcess, id: string): Promise<void> {
  await database.prisma.image.create({
    data: {
      id,
      name: 'disk',
      status: imageStatus.active,
      owner: 'admin',
      visibility: 'public',
      diskFormat: 'raw',
      containerFormat: 'bare',
      size: 1024n,
      virtualSize: 1024n,
      sha256: 'a'.repeat(64),
    },
  });
}
