import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Account, isRecordedRunning, type Ledger } from '@metalcast/rig';
import { bmcLabel, killNode, startBmc } from './bmc.js';
import { ipBatch, openLowPorts } from './inside.js';
import { plainHardware, type NodeHardware } from './hardware.js';
import { makeNetwork, provisioning, removeNetwork } from './network.js';
import { writeNodeFiles } from './node-files.js';
import { readRack, writeRack, type Rack } from './rack-file.js';
import { rackAccount } from './rack-account.js';
import { nodeName, rackNode, type NodeSize, type RackNode } from './node.js';

export interface RackOptions {
  readonly ledger: Ledger;
  /** Must exist, see `makeNamespace`. */
  readonly namespace: string;
  /** Folder of the rack, an absolute path that other accounts can enter. */
  readonly folder: string;
  /** Number of nodes, 1 to 99, and at least the present number. */
  readonly nodes: number;
  /** Size of new nodes. */
  readonly size?: Partial<NodeSize>;
  /** Hardware by the node's name. An existing node must already have it. */
  readonly hardware?: Readonly<Record<string, Partial<NodeHardware>>>;
}

const defaultNodes = 2;

/** Enough for the deploy ramdisk; the disk files are sparse. */
const defaultSize: NodeSize = { memoryMb: 512, diskGb: 8 };

/** The path is valid from src/rack and dist/rack. */
const chassisProgram = fileURLToPath(new URL('../../src/rack/chassis.sh', import.meta.url));

/**
 * Adds the missing parts of the rack. Afterwards every BMC answers; new nodes are off and have an empty disk. Existing
 * nodes keep uuid, password, disk and running machine.
 */
export async function rackUp(options: RackOptions): Promise<Rack> {
  const { ledger, namespace } = options;
  const account = rackAccount();
  const nodes = await completeNodes(options, account);
  await makeNetwork(namespace, provisioning, { taps: nodes.map(({ tap }) => tap), account });
  await openLowPorts(namespace);
  await ipBatch(
    namespace,
    nodes.map(({ bmc }) => `addr replace ${bmc.address}/24 dev lo`),
  );
  const place = { ledger, namespace, account };
  const dead = nodes.filter((node) => !isRecordedRunning(ledger, bmcLabel(node)));
  await Promise.all(dead.map((node) => startBmc(place, node)));
  return { namespace, nodes };
}

/** The number of nodes for a rack: `wanted`, else the present number, else two. */
export async function nodesWanted(folder: string, wanted: number | undefined): Promise<number> {
  const present = (await readRack(folder))?.nodes.length ?? 0;
  if (wanted !== undefined && wanted < present) {
    throw new Error(
      `the rack has ${present} nodes, and nodes cannot be removed: give ${present} or more, or start again after "down"`,
    );
  }
  return wanted ?? (present === 0 ? defaultNodes : present);
}

/** A node enters the rack's file only when all its own files exist. */
async function completeNodes(
  { ledger, namespace, folder, ...options }: RackOptions,
  account: Account | undefined,
): Promise<readonly RackNode[]> {
  const count = await nodesWanted(folder, options.nodes);
  const present = (await readRack(folder))?.nodes ?? [];
  refuseOtherHardware(present, options.hardware);
  if (present.length === count) {
    return present;
  }
  const size = { ...defaultSize, ...options.size };
  const added = Array.from({ length: count - present.length }, (_, i) => {
    const index = present.length + i + 1;
    const hardware = { ...plainHardware, ...options.hardware?.[nodeName(index)] };
    return rackNode({ index, uuid: randomUUID(), size, hardware, folder });
  });
  ledger.recordPath(folder);
  await mkdir(`${folder}/passwords`, { recursive: true, mode: 0o755 });
  const chassis = await installChassis(folder);
  await Promise.all(added.map((node) => writeNodeFiles(node, chassis, account)));
  const nodes = [...present, ...added];
  await writeRack(folder, { namespace, nodes });
  return nodes;
}

/** Refuses other hardware for an existing node, because its machine was configured when it was added. */
function refuseOtherHardware(
  present: readonly RackNode[],
  wanted: RackOptions['hardware'] = {},
): void {
  for (const { name, firmware, disks } of present) {
    const { firmware: kind = firmware, extraDisks } = wanted[name] ?? {};
    if (kind !== firmware || (extraDisks?.length ?? disks.length - 1) !== disks.length - 1) {
      throw new Error(
        `${name} exists with ${firmware === 'uefi' ? 'UEFI' : 'BIOS'} firmware and ${disks.length === 1 ? 'one disk' : `${disks.length} disks`}, and existing nodes are not rebuilt: give hardware for new nodes only, or start again after "down"`,
      );
    }
  }
}

/** Replaces the file atomically: running BMCs may be reading the present one. */
async function installChassis(folder: string): Promise<string> {
  const chassis = `${folder}/chassis.sh`;
  await copyFile(chassisProgram, `${chassis}.new`);
  await chmod(`${chassis}.new`, 0o755);
  await rename(`${chassis}.new`, chassis);
  return chassis;
}

/** The rack in the folder, if all its BMCs run. */
export async function runningRack({
  ledger,
  folder,
}: Pick<RackOptions, 'ledger' | 'folder'>): Promise<Rack | undefined> {
  const rack = await readRack(folder);
  const runs = rack?.nodes.every((node) => isRecordedRunning(ledger, bmcLabel(node)));
  return runs === true ? rack : undefined;
}

/** Removes the rack's machines, BMCs, network and files. Idempotent; `removeAll` of the ledger also removes them. */
export async function rackDown({
  ledger,
  namespace,
  folder,
}: Pick<RackOptions, 'ledger' | 'namespace' | 'folder'>): Promise<void> {
  const nodes = (await readRack(folder))?.nodes ?? [];
  for (const node of nodes) {
    await killNode(ledger, node);
  }
  const taps = nodes.map(({ tap }) => tap);
  await removeNetwork(namespace, taps);
  await rm(folder, { recursive: true, force: true });
}
