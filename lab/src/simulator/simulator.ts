import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { startFakeBmcs } from '@metalcast/rig';
import { DhcpClient } from './network/dhcp-client.js';
import { NodeDisk } from './disk/node-disk.js';
import { SimulatedNode } from './simulated-node.js';
import { simulatedNodeInfo, type SimulatedNodeInfo } from './simulated-node-info.js';
import { simulatedNetwork } from './network/simulated-network.js';

export interface SimulatorOptions {
  /** Folder of the disks. */
  readonly folder: string;
  readonly nodes: number;
  readonly bmcPort: number;
  readonly bmcPassword: string;
  readonly say: (node: string, line: string) => void;
}

export interface Machine {
  readonly label: SimulatedNodeInfo;
  readonly node: SimulatedNode;
}

export interface Simulator {
  readonly machines: ReadonlyMap<string, Machine>;
  readonly bmcs: Awaited<ReturnType<typeof startFakeBmcs>>;
  close(): Promise<void>;
}

const mib = 1024 * 1024;

/** Starts many machines in one process, all powered off. They use the simulated network of the current namespace. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { folder, nodes, bmcPort, bmcPassword, say } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const dhcp = await DhcpClient.open(simulatedNetwork(nodes).broadcast);
  const bmcs = await startFakeBmcs({ port: bmcPort });
  const machines = new Map<string, Machine>();
  for (let index = 1; index <= nodes; index += 1) {
    const label = simulatedNodeInfo(index, bmcPort);
    const { name, mac, memoryMb, diskMb } = label;
    const node = new SimulatedNode(
      {
        name,
        mac,
        memoryMb,
        disk: new NodeDisk(join(folder, `${name}.img`), diskMb * mib),
        dhcp,
        logFile: join(folder, `${name}.tgtd.log`),
        say: (line) => {
          say(name, line);
        },
      },
      () => bmc,
    );
    const bmc = bmcs.add(name, {
      user: label.bmc.user,
      password: bmcPassword,
      onPower: (power) => {
        say(name, `power ${power}`);
        node.switched(power);
      },
    });
    machines.set(name, { label, node });
  }
  return {
    machines,
    bmcs,
    async close() {
      await Promise.all([...machines.values()].map(({ node }) => node.close()));
      await bmcs.close();
      dhcp.close();
    },
  };
}
