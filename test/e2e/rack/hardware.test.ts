// Machines of two kinds, side by side: one whose BIOS would boot from another disk than the server's, with an older
// system on that disk; and one with UEFI firmware.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { runIpmitool, createImage, type RackDisk, type RackNode } from '@metalcast/lab';
import { waitFor } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gptImage } from './gpt-image.js';
import { RackLab } from './rack-lab.js';
import { expectNoSecret, expectWitnessSawAll } from './secrets.js';

const minute = 60_000;

let lab: RackLab;
beforeAll(async () => {
  // UEFI firmware needs long until its first request.
  lab = RackLab.create(5 * minute);
  await lab.up('--nodes', '1', '--second-disk', '--no-server');
  await lab.grow('--nodes', '2', '--uefi', '1');
}, 12 * minute);
afterAll(async () => {
  await lab.down();
}, minute);

/** Requests a server on exactly this node. */
const serverOn = ({ uuid }: RackNode, server: Record<string, unknown>): Promise<string> =>
  lab.createServer({ availability_zone: `nova::${uuid}`, ...server });

const node = (): RackNode => lab.node(0);
/** `given` is the server's disk; the firmware tries `other` first. */
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
  const id = await serverOn(node(), { name });
  expect(await lab.built(id, 5 * minute)).toMatchObject({ status: 'ACTIVE' });
  await comesUp(name, 1);
  return id;
}

/** Waits until both nodes are free and off, so that the disk files do not change. */
async function nodeShown(): Promise<Record<string, unknown>> {
  return (await lab.nodes()).find(({ name }) => name === node().name)!;
}

async function contentOf(disk: RackDisk): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(disk.file)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Removes the file system's label in the second partition; the system in the first one stays. */
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

test.concurrent(
  'the server’s own system comes up, now and after a restart, though the firmware would start an older one',
  async () => {
    const { given, other } = disks();

    // The older system: its server's disk is the one that comes first, and its data stays there.
    await lab.change(node(), { root_device: { serial: other.serial } });
    const older = await deployed('older');
    await lab.deleteServer(older);
    expect(await nodeShown()).toMatchObject({ data_of: [older], instance_uuid: null });

    // The disk is kept and has a config drive that the next server would mistake for its own: refused by name.
    await lab.change(node(), {
      root_device: { serial: given.serial },
      keep_disks: [{ serial: other.serial }],
    });
    const refused = await serverOn(node(), { name: 'refused' });
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

    // No longer kept: the older server's data is wiped, although the disk is not the server's.
    await lab.change(node(), { keep_disks: [] });
    const last = await deployed('last');
    await lab.deleteServer(last);
    const content = readFileSync(other.file);
    expect(content.equals(Buffer.alloc(content.length))).toBe(true);
    expect(await nodeShown()).toMatchObject({ data_of: [last] });
  },
  30 * minute,
);

const setUp = /UiApp|Boot Manager Menu/;
const ready = /METALCAST-READY hostname=uefi /;
/** Matches this way of booting and no other. */
const byNetworkToDisk =
  /failed to start Boot\w+ "UEFI PXEv4.*\s+BdsDxe: loading Boot\w+ "Metalcast disk"[^]*METALCAST-READY/;
const uefiNode = (): RackNode => lab.node(1);
const consoleOf = (from: number): string => readFileSync(uefiNode().serial, 'latin1').slice(from);

/** The console output of the UEFI machine from `from` until its own system is up, booted through the network. */
async function started(from: number): Promise<string> {
  await waitFor(() => ready.test(consoleOf(from)) || setUp.test(consoleOf(from)), {
    timeoutMs: 6 * minute,
    what: 'the installed system, or the firmware’s set-up',
    everyMs: 500,
  });
  const text = consoleOf(from);
  expect(text).not.toMatch(setUp);
  expect(text).toMatch(byNetworkToDisk);
  return text;
}

async function power(change: 'on' | 'off'): Promise<void> {
  const request = ['chassis', 'power', change];
  expect(await runIpmitool(lab.json().namespace, uefiNode(), request)).toMatchObject({ ok: true });
}

test.concurrent(
  'a UEFI machine is built, tries the network first at each start, and then its own disk',
  async () => {
    const folder = mkdtempSync(join(lab.folder, 'gpt-'));
    const image = { name: 'gpt', file: gptImage(folder), diskFormat: 'raw' as const };
    const imageRef = await createImage(lab.session, image);
    rmSync(folder, { recursive: true });
    const id = await serverOn(uefiNode(), { name: 'uefi', imageRef });
    expect(await lab.built(id, 12 * minute)).toMatchObject({ status: 'ACTIVE' });

    // The disk is second in the firmware's order, after the network.
    const text = await started(0);
    const [, entry, order] =
      /Boot(\w{4}) is \/dev\/vda, the firmware's order: ([\w ]+)/.exec(text) ?? [];
    const [, network] = /BdsDxe: starting Boot(\w{4}) "UEFI PXEv4/.exec(text) ?? [];
    expect(order?.split(' ').slice(0, 2)).toEqual([network, entry]);

    for (let start = 1; start <= 2; start += 1) {
      await power('off');
      const from = consoleOf(0).length;
      await power('on');
      await started(from);
    }
  },
  30 * minute,
);

test('no secret, after all that, in ps, logs, consoles, rows, messages or kernel command lines', async () => {
  expectWitnessSawAll(lab);
  await expectNoSecret(lab);
});
