import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setCable, setPowerOn, untilReached } from '@metalcast/lab';
import { identify, namespaceExists, waitFor } from '@metalcast/rig';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plans } from '../../../services/compute/src/operations/index.js';
import { RackLab } from './rack-lab.js';
import { plant } from './plant.js';
import { expectNoSecret, expectWitnessSawAll, leaks } from './secrets.js';

const minute = 60_000;

/** A password that only the database has seen and nothing uses. */
const wrongPassword = 'canary-of-a-bmc-4711';

let lab: RackLab;
let firstUp: string;
beforeAll(async () => {
  lab = RackLab.create();
  firstUp = await lab.up();
}, 10 * minute);
afterAll(async () => {
  await lab.down();
}, minute);

async function allFree(): Promise<void> {
  const free = async (): Promise<boolean> =>
    (await lab.nodes()).every(
      ({ state, instance_uuid: instance, operation_id: operation }) =>
        ['available', 'deleted'].includes(String(state)) && instance === null && operation === null,
    );
  await waitFor(free, { timeoutMs: minute, what: 'all nodes to be free', everyMs: 500 });
  expect(await lab.powered()).toEqual([]);
}

describe('one command', () => {
  test("ends with the line from the node's console, and the server is ACTIVE", async () => {
    expect(firstUp).toMatch(
      /METALCAST-READY hostname=first uuid=[0-9a-f-]{36} address=10\.77\.0\.\d+/,
    );
    const answer = await lab.session.request({ api: 'compute', path: '/servers/detail' });
    expect(answer).toMatchObject({ servers: [{ name: 'first', status: 'ACTIVE' }] });
  });

  test('leaves files that only their owner can read', () => {
    expect(statSync(join(lab.folder, 'openrc')).mode & 0o777).toBe(0o600);
    const { services, nodes } = lab.json();
    expect(services.map(({ name }) => name).sort()).toEqual([
      'api',
      'boot',
      'compute',
      'deploy-helper',
      'power',
      'scheduler',
    ]);
    expect(nodes).toHaveLength(2);
  });

  test('the installed system’s first sign of life is recorded', async () => {
    const [first] = (
      (await lab.session.request({ api: 'compute', path: '/servers' })) as {
        servers: { id: string }[];
      }
    ).servers;
    const told = async (): Promise<boolean> =>
      JSON.stringify(
        await lab.session.request({ api: 'metalcast', path: `/events/${first!.id}` }),
      ).includes('instance.first_sign');
    await waitFor(told, { timeoutMs: minute, what: 'instance.first_sign', everyMs: 250 });
  });
});

test(
  'the unmodified openstack client',
  async () => {
    const output = await lab.asUser('bash', ['test/e2e/rack/openstack-client.sh', lab.folder]);
    expect(output).toContain('all answers as expected');
  },
  5 * minute,
);

test(
  'delete: power off, node free, boot configuration gone',
  async () => {
    const [first] = (
      (await lab.session.request({ api: 'compute', path: '/servers' })) as {
        servers: { id: string }[];
      }
    ).servers;
    await lab.deleteServer(first!.id);
    await allFree();
    for (const node of await lab.nodes()) {
      expect(node).toMatchObject({ boot_mode: 'none' });
    }
  },
  2 * minute,
);

describe('faults report what happened', () => {
  test(
    'both BMCs refuse power on',
    async () => {
      await Promise.all(lab.rack.nodes.map((node) => setPowerOn(node, 'refused')));
      const id = await lab.createServer({ name: 'refused' });
      const server = await lab.built(id);
      await Promise.all(lab.rack.nodes.map((node) => setPowerOn(node, 'obeyed')));
      expect(server.status).toBe('ERROR');
      expect(server.fault?.message).toMatch(/node1: POWER_\w+/);
      expect(server.fault?.message).toMatch(/node2: POWER_\w+/);
      await allFree();
      await lab.deleteServer(id);
    },
    4 * minute,
  );

  test(
    'the cable unplugged: the last milestone is named',
    async () => {
      const { namespace } = lab.json();
      const [node, other] = lab.rack.nodes;
      await lab.change(other!, { maintenance: true });
      await setCable(namespace, node!.tap, 'down');
      const id = await lab.createServer({ name: 'unplugged' });
      const server = await lab.built(id, 4 * minute);
      await setCable(namespace, node!.tap, 'up');
      await lab.change(other!, { maintenance: false });
      expect(server.status).toBe('ERROR');
      expect(server.fault?.message).toContain('node1: BOOT_NO_DHCP');
      expect(server.fault?.message).toContain('last seen: its power came on');
      expect(server.fault?.message).not.toMatch(/timeout/i);
      await allFree();
      await lab.deleteServer(id);
    },
    5 * minute,
  );

  test(
    'an image larger than every disk powers no machine on',
    async () => {
      await lab.asUser('bash', ['test/e2e/rack/large-image.sh']);
      const id = await lab.createServer({
        name: 'large',
        flavorRef: 'any-disk',
        imageRef: await large(),
      });
      const server = await lab.built(id, minute);
      expect(server.status).toBe('ERROR');
      expect(server.fault?.message).toContain('too small a disk for the image');
      await lab.deleteServer(id);
    },
    2 * minute,
  );

  test(
    'a node with a wrong BMC password is no capacity until the password is right',
    async () => {
      const node = lab.node(1);
      const right = readFileSync(node.bmc.passwordFile, 'utf8').trim();
      const power = async () => {
        const path = `/nodes/${node.name}`;
        return (await lab.session.request({ api: 'metalcast', path })) as {
          node: { power: { reached: boolean; fault: { code: string } | null } };
        };
      };
      await lab.change(node, { power: { password: wrongPassword } });
      await waitFor(async () => (await power()).node.power.fault?.code === 'POWER_AUTH', {
        timeoutMs: minute,
        what: 'the BMC to be asked with the wrong password',
      });
      expect((await power()).node.power.reached).toBe(false);
      await lab.change(node, { power: { password: right } });
      await untilReached(lab.session, [node.name]);
    },
    3 * minute,
  );

  async function large(): Promise<string> {
    const answer = await lab.session.request({ api: 'image', path: '/v2/images?name=large' });
    return (answer as { images: { id: string }[] }).images[0]!.id;
  }
});

test(
  'kill -9 of each service once while a server is built: it ends ACTIVE',
  async () => {
    const atStep: Record<string, string> = {
      scheduler: 'schedule',
      boot: 'prepareBoot',
      power: 'powerCycleToNetwork',
      compute: 'awaitRamdisk',
      'deploy-helper': 'writeImage',
      api: 'restartNode',
    };
    const id = await lab.createServer({ name: 'survivor' });
    const steps = Object.entries(atStep);
    for (const [service, step] of steps) {
      await waitFor(async () => reached(await lab.operation(id), step), {
        timeoutMs: 2 * minute,
        what: `step ${step}`,
        everyMs: 20,
      });
      await lab.killAndRestart(service);
    }
    const server = await lab.built(id, 4 * minute);
    expect(server).toMatchObject({ status: 'ACTIVE' });
    await lab.deleteServer(id);
    await allFree();
  },
  8 * minute,
);

const order = plans.build.stages.map(({ step }) => step.name);

/**
 * Whether the operation is at the step or past it. A kill past the step hits another step, which the build must survive
 * as well.
 */
const reached = (operation: { step: string; state: string } | undefined, step: string): boolean =>
  operation !== undefined &&
  (operation.state !== 'waiting' || order.indexOf(operation.step) >= order.indexOf(step));

describe('no secret, after all that', () => {
  test('the witness recorded the run: every exchange, the boots, the tokens', () => {
    expectWitnessSawAll(lab);
  });

  test('in ps, logs, consoles, rows, messages or kernel command lines', async () => {
    await expectNoSecret(lab, wrongPassword);
  });

  test('a planted secret is found', async () => {
    const canary = 'canary-that-was-planted';
    await plant(lab, canary);
    const found = async (): Promise<string[]> =>
      (await leaks(lab, [canary])).map((leak) => leak.split(':')[0]!).sort();
    await waitFor(async () => (await found()).length === 4, {
      timeoutMs: 10_000,
      what: 'the canary to be found everywhere',
    });
    expect(await found()).toEqual([join(lab.folder, 'log', 'planted'), 'broker', 'database', 'ps']);
  });
});

test(
  'down removes every process, namespace and file',
  async () => {
    const { namespace, services } = lab.json();
    await lab.down();
    expect(namespaceExists(namespace)).toBe(false);
    expect([lab.data, lab.folder].filter((path) => existsSync(path))).toEqual([]);
    expect(services.filter(({ pid }) => identify(pid) !== undefined)).toEqual([]);
  },
  minute,
);
