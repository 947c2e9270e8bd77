// A real rack of two nodes: ipmitool talks to its BMCs, which start and stop QEMU.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import {
  runIpmitool,
  rackDown,
  rackUp,
  setCable,
  setPowerOn,
  runningRack,
  type Rack,
  type RackNode,
  type RackOptions,
} from '@metalcast/lab';
import {
  dataRoot,
  findMarked,
  Ledger,
  makeNamespace,
  removeAll,
  removeNamespace,
  waitFor,
} from '@metalcast/rig';
import { run } from '@metalcast/exec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const namespace = `metalcast-rack-${process.pid}`;
let ledger: Ledger;
let folder: string;
let rack: Rack;

beforeAll(async () => {
  ledger = Ledger.open(`${dataRoot()}/rack-test-${process.pid}`);
  folder = `${ledger.folder}/rack`;
  await makeNamespace(ledger, namespace);
  rack = await rackUp({ ledger, namespace, folder, nodes: 2 });
});

afterAll(async () => {
  if (Ledger.find(ledger.folder) !== undefined) {
    await removeAll(ledger);
  }
});

const first = (): RackNode => rack.nodes[0] as RackNode;
const second = (): RackNode => rack.nodes[1] as RackNode;
const ask = (node: RackNode, ...request: string[]) => runIpmitool(namespace, node, request);

/** Process ids of this rack's QEMUs for the node. */
function machines(node: RackNode): number[] {
  return findMarked(`${ledger.mark}:`)
    .map(({ pid }) => pid)
    .filter((pid) => commandLine(pid).startsWith(`qemu-system-x86_64\0-name\0${node.name}\0`));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The firmware's console output since `from`. */
async function consoleFrom(node: RackNode, from: number, words: RegExp): Promise<string> {
  return waitFor(
    async () => {
      const text = (await readFile(node.serial, 'latin1')).slice(from);
      return words.test(text) ? text : undefined;
    },
    { timeoutMs: 60_000, what: `${String(words)} on the console of ${node.name}` },
  );
}

const consoleLength = async (node: RackNode): Promise<number> =>
  existsSync(node.serial) ? (await readFile(node.serial, 'latin1')).length : 0;

test('power on starts the machine, off ends it, and the other node is not affected', async () => {
  expect((await ask(first(), 'chassis', 'power', 'status')).text).toBe('Chassis Power is off');
  expect(await ask(first(), 'chassis', 'power', 'on')).toMatchObject({ ok: true });
  expect(machines(first())).toHaveLength(1);
  expect(machines(second())).toHaveLength(0);
  expect((await ask(first(), 'chassis', 'power', 'status')).text).toBe('Chassis Power is on');

  const [before] = machines(first());
  await ask(first(), 'chassis', 'power', 'on');
  expect(machines(first())).toEqual([before]);

  expect(await ask(first(), 'chassis', 'power', 'off')).toMatchObject({ ok: true });
  expect(machines(first())).toEqual([]);
  expect((await ask(first(), 'chassis', 'power', 'status')).text).toBe('Chassis Power is off');
});

test('the machine runs without capabilities', async () => {
  await ask(first(), 'chassis', 'power', 'on');
  const [pid] = machines(first());
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  expect(status).toMatch(/^CapEff:\t0+$/m);
  await ask(first(), 'chassis', 'power', 'off');
});

test('the boot device selects the boot source, also while the machine runs', async () => {
  const node = second();
  await ask(node, 'chassis', 'bootdev', 'pxe');
  let from = await consoleLength(node);
  await ask(node, 'chassis', 'power', 'on');
  const fromNetwork = await consoleFrom(node, from, /Booting from ROM/);
  expect(fromNetwork).not.toContain('Booting from Hard Disk');

  await ask(node, 'chassis', 'bootdev', 'disk');
  from = await consoleLength(node);
  await ask(node, 'chassis', 'power', 'reset');
  const fromDisk = await consoleFrom(node, from, /Booting from Hard Disk/);
  // The disk is empty: afterwards the firmware tries the network anyway.
  expect(fromDisk).not.toMatch(/Booting from ROM[^]*Booting from Hard Disk/);
  await ask(node, 'chassis', 'power', 'off');
});

test('a wrong password is refused', async () => {
  const passwordFile = `${ledger.folder}/wrong`;
  await writeFile(passwordFile, 'not-the-password', { mode: 0o600 });
  const node = first();
  const answer = await ask(
    { ...node, bmc: { ...node.bmc, passwordFile } },
    'chassis',
    'power',
    'on',
  );
  expect(answer.ok).toBe(false);
  expect(machines(node)).toEqual([]);
});

test('a BMC can be made to refuse to switch on', async () => {
  await setPowerOn(first(), 'refused');
  expect((await ask(first(), 'chassis', 'power', 'on')).ok).toBe(false);
  expect((await ask(first(), 'chassis', 'power', 'status')).text).toBe('Chassis Power is off');
  await setPowerOn(first(), 'obeyed');
  expect((await ask(first(), 'chassis', 'power', 'on')).ok).toBe(true);
  await ask(first(), 'chassis', 'power', 'off');
});

/** The node's cable as `ip` shows it. */
async function link(): Promise<string> {
  const args = ['-netns', namespace, '-brief', 'link', 'show', first().tap];
  return (await run('ip', args, { timeoutMs: 5000 })).stdout;
}

test('a cable can be pulled', async () => {
  await setCable(namespace, first().tap, 'down');
  expect(await link()).not.toMatch(/[<,]UP[,>]/);
  await setCable(namespace, first().tap, 'up');
  expect(await link()).toMatch(/[<,]UP[,>]/);
});

test('no password is readable for others or in a command line', async () => {
  for (const node of rack.nodes) {
    const password = await readFile(node.bmc.passwordFile, 'utf8');
    expect(password).toMatch(/^[0-9a-f]{16}$/);
    const lines = findMarked(`${ledger.mark}:`).map(({ pid }) => commandLine(pid));
    expect(lines.filter((line) => line.includes(password))).toEqual([]);
    const listed = await run('find', [folder, '-type', 'f', '-perm', '/044'], { timeoutMs: 5000 });
    for (const file of listed.stdout.trim().split('\n')) {
      expect(await readFile(file, 'latin1')).not.toContain(password);
    }
  }
});

test('a dead BMC is restarted unchanged, and its machine keeps running with its cable', async () => {
  const node = first();
  const other = ledger.process(`bmc ${second().name}`);
  const password = await readFile(node.bmc.passwordFile, 'utf8');
  await ask(node, 'chassis', 'bootdev', 'pxe');
  await ask(node, 'chassis', 'power', 'on');
  const [machine] = machines(node);
  process.kill(ledger.process(`bmc ${node.name}`)!.identity.pid, 'SIGKILL');
  await waitFor(async () => (await runningRack({ ledger, folder })) === undefined, {
    timeoutMs: 5000,
    what: 'the BMC to be gone',
  });
  const from = await consoleLength(node);
  expect(await rackUp({ ledger, namespace, folder, nodes: 2 })).toEqual(rack);
  expect(await readFile(node.bmc.passwordFile, 'utf8')).toBe(password);
  expect(ledger.process(`bmc ${second().name}`)).toEqual(other);
  expect(machines(node)).toEqual([machine]);
  expect(await link()).toMatch(/[<,]LOWER_UP[,>]/);
  expect((await ask(node, 'chassis', 'power', 'status')).text).toBe('Chassis Power is on');
  await ask(node, 'chassis', 'power', 'reset');
  await consoleFrom(node, from, /Booting from ROM/);
  await ask(node, 'chassis', 'power', 'off');
  expect(machines(node)).toEqual([]);
});

test('nodes can be added to a running rack but not removed', async () => {
  await ask(first(), 'chassis', 'power', 'on');
  const [machine] = machines(first());
  const bmcs = ledger.processes();
  const larger = await rackUp({ ledger, namespace, folder, nodes: 3 });
  expect(larger.nodes.slice(0, 2)).toEqual(rack.nodes);
  expect(ledger.processes().slice(0, 2)).toEqual(bmcs);
  expect(machines(first())).toEqual([machine]);
  const third = larger.nodes[2] as RackNode;
  expect((await ask(third, 'chassis', 'power', 'status')).text).toBe('Chassis Power is off');
  await expect(rackUp({ ledger, namespace, folder, nodes: 2 })).rejects.toThrow('3 nodes');
  expect(await runningRack({ ledger, folder })).toEqual(larger);
  await ask(first(), 'chassis', 'power', 'off');
  rack = larger;
});

test('a rack is started from its files with the same nodes', async () => {
  const disk = `${second().folder}/disk.img`;
  await writeFile(disk, 'what the server wrote', { flag: 'r+' });
  for (const { pid } of findMarked(`${ledger.mark}:`)) {
    process.kill(pid, 'SIGKILL');
  }
  await waitFor(() => findMarked(`${ledger.mark}:`).length === 0, {
    timeoutMs: 5000,
    what: 'BMCs and machines to be gone',
  });
  await removeNamespace(namespace);
  await makeNamespace(ledger, namespace);
  expect(await rackUp({ ledger, namespace, folder, nodes: 3 })).toEqual(rack);
  expect(await ask(second(), 'chassis', 'power', 'on')).toMatchObject({ ok: true });
  const file = await open(disk);
  const { buffer } = await file.read(Buffer.alloc(21), 0, 21, 0);
  await file.close();
  expect(buffer.toString()).toBe('what the server wrote');
});

describe('other hardware', () => {
  const name = `${namespace}-hw`;
  const own = Ledger.open(`${dataRoot()}/${name}`);
  const place = (): RackOptions => ({
    ledger: own,
    namespace: name,
    folder: `${own.folder}/rack`,
    nodes: 2,
    hardware: {
      node1: { extraDisks: [{ gb: 1, before: true }, { gb: 2 }] },
      node2: { firmware: 'uefi', extraDisks: [{ gb: 1, before: true }] },
    },
  });
  let other: Rack;

  beforeAll(async () => {
    await makeNamespace(own, name);
    other = await rackUp(place());
  });

  afterAll(async () => removeAll(own));

  const order = async (node: RackNode, ...request: string[]) => runIpmitool(name, node, request);
  const disks = (): RackNode => other.nodes[0] as RackNode;
  const uefi = (): RackNode => other.nodes[1] as RackNode;

  /** An answer of the machine's monitor. */
  async function monitor(node: RackNode, question: string): Promise<string> {
    const socket = `UNIX-CONNECT:${node.folder}/monitor.sock`;
    const { stdout } = await run('socat', ['-t5', '-', socket], {
      timeoutMs: 20_000,
      input: `${question}\n`,
    });
    return stdout;
  }

  async function places(node: RackNode, ...devices: string[]): Promise<number[]> {
    const questions = devices.map((id) => `qom-get /machine/peripheral/${id} bootindex`);
    const answer = await monitor(node, questions.join('\n'));
    return [...answer.matchAll(/^(-?\d+)\r?$/gm)].map(([, place]) => Number(place));
  }

  test('disks have serial numbers, and an extra one can be before the system disk', async () => {
    const node = disks();
    expect(node.disks.map(({ id, serial, gb }) => [id, serial, gb])).toEqual([
      ['disk1', 'node1-disk1', 1],
      ['disk0', 'node1', 8],
      ['disk2', 'node1-disk2', 2],
    ]);
    // A boot sector that prints its disk's letter to the serial port, by the BIOS.
    const say = (letter: string): Buffer => {
      const sector = Buffer.alloc(512);
      // mov dx,0x3f8; mov al,letter; out dx,al; hlt; jmp $
      Buffer.from([0xba, 0xf8, 0x03, 0xb0, letter.charCodeAt(0), 0xee, 0xf4, 0xeb, 0xfe]).copy(
        sector,
      );
      sector.writeUInt16LE(0xaa55, 510);
      return sector;
    };
    for (const { file, id } of node.disks) {
      await writeFile(file, say(id.slice(-1)), { flag: 'r+' });
    }
    await order(node, 'chassis', 'power', 'on');
    await consoleFrom(node, 0, /Booting from Hard Disk[.\s]*1/);
    expect(await places(node, 'disk1', 'disk0', 'disk2', 'nic0')).toEqual([1, 2, 3, 99]);
    await order(node, 'chassis', 'bootdev', 'pxe');
    expect(await places(node, 'disk1', 'disk0', 'disk2', 'nic0')).toEqual([1, 2, 3, 0]);
    await order(node, 'chassis', 'power', 'off');
  });

  test('UEFI firmware keeps its variables and its boot order unless the network is requested', async () => {
    const node = uefi();
    const variables = `${node.folder}/variables.fd`;
    const before = await readFile(variables);
    const start = async (): Promise<string> => {
      const from = await consoleLength(node);
      await order(node, 'chassis', 'power', 'on');
      return consoleFrom(node, from, />>Start PXE over IPv4/);
    };
    const emptyDisk = /failed to load Boot\d+ "UEFI Misc Device"/;

    expect(await start()).toMatch(emptyDisk);
    expect((await readFile(variables)).equals(before)).toBe(false);
    await order(node, 'chassis', 'power', 'off');

    await order(node, 'chassis', 'bootdev', 'pxe');
    expect(await start()).not.toMatch(emptyDisk);
    // The firmware builds its boot order again at each start: no other disk comes before the system's disk.
    expect(await places(node, 'disk0', 'disk1', 'nic0')).toEqual([1, 2, 0]);
    await order(node, 'chassis', 'bootdev', 'disk');
    expect(await places(node, 'disk0', 'disk1', 'nic0')).toEqual([-1, -1, -1]);
    await order(node, 'chassis', 'power', 'off');

    // The variables keep the order of the previous start.
    expect(await start()).not.toMatch(emptyDisk);
    await order(node, 'chassis', 'power', 'off');
  }, 180_000);

  test('an existing node is not rebuilt', async () => {
    expect(await rackUp(place())).toEqual(other);
    const hardware = { node1: { firmware: 'uefi' as const } };
    await expect(rackUp({ ...place(), hardware })).rejects.toThrow(
      'node1 exists with BIOS firmware and 3 disks',
    );
  });
});

test('a running rack is found again; down leaves nothing', async () => {
  const again = await rackUp({ ledger, namespace, folder, nodes: 3 });
  expect(again).toEqual(rack);
  await ask(first(), 'chassis', 'power', 'on');
  await rackDown({ ledger, namespace, folder });
  expect(findMarked(`${ledger.mark}:`)).toEqual([]);
  expect(await runningRack({ ledger, folder })).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  const links = await run('ip', ['-netns', namespace, '-brief', 'link'], { timeoutMs: 5000 });
  expect(links.stdout.trim().split('\n')).toHaveLength(1);
  await rackDown({ ledger, namespace, folder });

  await removeAll(ledger);
  expect(readdirSync('/run/netns')).not.toContain(namespace);
});
