// A machine whose firmware would start from another disk than the one that is given, and an older system on that one.
import { createHash } from 'node:crypto';
import { createReadStream, closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { waitFor, type RackDisk, type RackNode } from '@metalcast/lab';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RackLab } from './rack-lab.js';

const minute = 60_000;

let lab: RackLab;
beforeAll(async () => {
  lab = RackLab.create();
  await lab.up('--nodes', '1', '--second-disk', '--no-server');
}, 6 * minute);
afterAll(async () => {
  await lab.down();
}, minute);

const node = (): RackNode => lab.node(0);
/** `given` is what a server shall get; `other` comes first for the firmware. */
const disks = (): { given: RackDisk; other: RackDisk } => {
  const [other, given] = node().disks;
  return { given: given!, other: other! };
};
const came = (name: string): number =>
  [...readFileSync(node().serial, 'latin1').matchAll(/METALCAST-READY hostname=(\S+)/g)].filter(
    ([, hostname]) => hostname === name,
  ).length;

async function comesUp(name: string, times: number): Promise<void> {
  await waitFor(() => came(name) >= times, {
    timeoutMs: 4 * minute,
    what: `${name} to come up for the ${times}. time`,
    everyMs: 500,
  });
}

async function deployed(name: string): Promise<string> {
  const id = await lab.createServer({ name });
  expect(await lab.built(id, 5 * minute)).toMatchObject({ status: 'ACTIVE' });
  await comesUp(name, 1);
  return id;
}

/** Both free and off, so that the disks' files stand still. */
async function nodeShown(): Promise<Record<string, unknown>> {
  return (await lab.nodes())[0]!;
}

async function contentOf(disk: RackDisk): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(disk.file)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Takes the label of the file system in the second partition; the system in the first one stays. */
function forgetConfigDrive(disk: RackDisk): void {
  const file = openSync(disk.file, 'r+');
  try {
    const table = Buffer.alloc(512);
    readSync(file, table, 0, 512, 0);
    const starts = [1, 2, 3].map((entry) => table.readUInt32LE(446 + 16 * entry + 8));
    for (const start of starts.filter((sector) => sector !== 0)) {
      writeSync(file, Buffer.alloc(64 * 1024), 0, 64 * 1024, start * 512);
    }
  } finally {
    closeSync(file);
  }
}

test(
  'the server’s own system comes up, now and after a restart, though the firmware would start an older one',
  async () => {
    const { given, other } = disks();

    // The older system: on the disk that comes first, and its data stays there.
    await lab.change(node(), { root_device: { serial: other.serial } });
    const older = await deployed('older');
    await lab.deleteServer(older);
    expect(await nodeShown()).toMatchObject({ data_of: [older], instance_uuid: null });

    // Kept, with a config drive that the next server would take for its own: refused by name.
    await lab.change(node(), {
      root_device: { serial: given.serial },
      keep_disks: [{ serial: other.serial }],
    });
    const refused = await lab.createServer({ name: 'refused' });
    const { status, fault } = await lab.built(refused, 5 * minute);
    expect(status).toBe('ERROR');
    expect(fault?.message).toMatch(/DISK_FOREIGN_CONFIG.*|config-2 on vdb\d/);
    await lab.deleteServer(refused);

    forgetConfigDrive(other);
    const before = await contentOf(other);
    const mine = await deployed('mine');
    await lab.session.request({
      ...{ api: 'metalcast', method: 'POST', path: `/nodes/${node().name}/power` },
      body: { target: 'cycle' },
    });
    await comesUp('mine', 2);
    expect(came('older')).toBe(1);
    await lab.deleteServer(mine);
    expect(await contentOf(other)).toBe(before);

    // No longer kept: what the older server has left goes, though the disk is not the one that is given.
    await lab.change(node(), { keep_disks: [] });
    const last = await deployed('last');
    await lab.deleteServer(last);
    const content = readFileSync(other.file);
    expect(content.equals(Buffer.alloc(content.length))).toBe(true);
    expect(await nodeShown()).toMatchObject({ data_of: [last] });
  },
  30 * minute,
);
