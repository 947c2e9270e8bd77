import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Ledger } from '../state/ledger.js';
import { isRecordedRunning, killRecorded } from '../state/start-recorded.js';
import { bmcLabel, startBmc } from './bmc.js';
import { ipBatch, openLowPorts } from './inside.js';
import { makeNetwork, removeNetwork } from './network.js';
import { writeNodeFiles } from './node-files.js';
import { rackAccount } from './rack-account.js';
import { rackNode, type NodeSize, type RackNode } from './node.js';

export interface RackOptions {
  readonly ledger: Ledger;
  /** Must exist, see `makeNamespace`. */
  readonly namespace: string;
  /** The rack's own, absolute; must lie where other accounts can go. */
  readonly folder: string;
  /** How many: 1 to 99. */
  readonly nodes: number;
  readonly size?: Partial<NodeSize>;
}

export interface Rack {
  readonly namespace: string;
  readonly nodes: readonly RackNode[];
}

/** Enough for the deploy ramdisk; disks are sparse. */
const defaultSize: NodeSize = { memoryMb: 512, diskGb: 8 };

/** Beside the sources, seen from src/rack and dist/rack alike. */
const chassisProgram = fileURLToPath(new URL('../../src/rack/chassis.sh', import.meta.url));

/**
 * Builds the rack: every node off, with an empty disk, every BMC answering. One that stands already is returned as it is;
 * what is left of another in the folder is removed first.
 */
export async function rackUp(options: RackOptions): Promise<Rack> {
  const standing = await standingRack(options);
  if (standing?.nodes.length === options.nodes) {
    return standing;
  }
  await rackDown(options);
  return build(options);
}

async function build({ ledger, namespace, folder, ...options }: RackOptions): Promise<Rack> {
  const account = rackAccount();
  const size = { ...defaultSize, ...options.size };
  const nodes = Array.from({ length: options.nodes }, (_, i) =>
    rackNode({ index: i + 1, uuid: randomUUID(), size, folder }),
  );
  const rack: Rack = { namespace, nodes };
  ledger.recordPath(folder);
  await mkdir(`${folder}/passwords`, { recursive: true, mode: 0o755 });
  await writeFile(rackFile(folder), `${JSON.stringify(rack, undefined, 2)}\n`);
  const chassis = `${folder}/chassis.sh`;
  await copyFile(chassisProgram, chassis);
  await chmod(chassis, 0o755);
  const taps = nodes.map(({ tap }) => tap);
  await makeNetwork(namespace, taps, account);
  await openLowPorts(namespace);
  const addresses = nodes.map(({ bmc }) => `addr replace ${bmc.address}/24 dev lo`);
  await ipBatch(namespace, addresses);
  await Promise.all(
    nodes.map(async (node) => {
      await writeNodeFiles(node, chassis, account);
      await startBmc({ ledger, namespace, account }, node);
    }),
  );
  return rack;
}

/** The rack in the folder, if all its BMCs run. */
export async function standingRack({
  ledger,
  folder,
}: Pick<RackOptions, 'ledger' | 'folder'>): Promise<Rack | undefined> {
  const rack = await readRack(folder);
  const runs = rack?.nodes.every((node) => isRecordedRunning(ledger, bmcLabel(node)));
  return runs === true ? rack : undefined;
}

/** Takes the rack down, machines, BMCs, network and files. Repeatable; `removeAll` of the ledger does it too. */
export async function rackDown({
  ledger,
  namespace,
  folder,
}: Pick<RackOptions, 'ledger' | 'namespace' | 'folder'>): Promise<void> {
  const nodes = (await readRack(folder))?.nodes ?? [];
  for (const node of nodes) {
    await killRecorded(ledger, bmcLabel(node));
  }
  const taps = nodes.map(({ tap }) => tap);
  await removeNetwork(namespace, taps);
  await rm(folder, { recursive: true, force: true });
}

async function readRack(folder: string): Promise<Rack | undefined> {
  try {
    return JSON.parse(await readFile(rackFile(folder), 'utf8')) as Rack;
  } catch {
    return undefined;
  }
}

function rackFile(folder: string): string {
  return `${folder}/rack.json`;
}
