import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '@metalcast/cloud-client';
import { readAdminPassword, labPaths } from '@metalcast/lab';
import { Ledger } from '@metalcast/rig';
import { afterAll, expect, test } from 'vitest';
import { labCommand, labFolders } from './lab-command.js';

const folders = labFolders();
afterAll(async () => {
  await labCommand(folders, 'down').ended;
  rmSync(folders.parent, { recursive: true, force: true });
});

/** The output of `lab up`, which must end with `code`. */
async function up(nodes: readonly string[], code = 0): Promise<string> {
  const { ended, output } = labCommand(folders, 'up', {}, nodes);
  expect(await ended, output()).toBe(code);
  return output();
}

interface Papers {
  readonly api: string;
  readonly nodes: readonly { readonly uuid: string }[];
}

const papers = (): Papers =>
  JSON.parse(readFileSync(join(folders.folder, 'lab.json'), 'utf8')) as Papers;

const ledger = (): Ledger => Ledger.find(folders.data)!;

/** The answer of the API's own resources to the administrator. */
async function ask(path: string): Promise<unknown> {
  const session = await openSession({
    authUrl: `${papers().api}/identity`,
    user: 'admin',
    password: readAdminPassword(labPaths(folders)),
    project: 'admin',
  });
  return session.request({ api: 'metalcast', path });
}

test('up restarts a dead BMC, adds nodes, and removes none', async () => {
  await up(['--nodes', '1']);
  const [first] = papers().nodes;
  const bmc = ledger().process('bmc node1')!;
  process.kill(bmc.identity.pid, 'SIGKILL');
  await up(['--nodes', '2']);
  expect(papers().nodes).toHaveLength(2);
  expect(papers().nodes[0]).toEqual(first);
  expect(await ask('/nodes')).toMatchObject({
    nodes: papers().nodes.map(({ uuid }, i) => ({ uuid, name: `node${i + 1}` })),
  });
  for (const name of ['node1', 'node2']) {
    expect(await ask(`/nodes/${name}/power`)).toEqual({ power: 'off' });
  }
  const processes = ledger().processes();
  expect(await up(['--nodes', '1'], 1)).toContain(
    'the rack has 2 nodes, and nodes cannot be removed',
  );
  await up([]);
  expect(ledger().processes()).toEqual(processes);
  expect(papers().nodes).toHaveLength(2);
});
