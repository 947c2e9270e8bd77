import { mkdirSync } from 'node:fs';
import { Ledger, withLock } from '@metalcast/rig';
import { chosenServers, rememberServers } from '../external/chosen-servers.js';
import { reachServers } from '../external/reach-servers.js';
import type { ExternalServers } from '../external/server-urls.js';
import { labPaths, type LabPlace } from '../lab-paths.js';
import { nodesWanted } from '../rack/rack.js';
import { readRack } from '../rack/rack-file.js';
import { buildSteps, cloudSteps, serverSteps } from './cloud-steps.js';
import { infrastructureSteps } from './infrastructure-steps.js';
import type { LabContext } from './lab-context.js';
import { serviceSteps } from './service-steps.js';
import { runSteps, type Step } from './step.js';
import type { NodeSize } from '../rack/node.js';
import { refuseOtherSize } from './new-size.js';
import { newHardware } from './new-hardware.js';

export interface UpOptions extends LabPlace {
  /** Default: the present number, or two. A smaller number than the present one is refused. */
  readonly nodes?: number | undefined;
  /** Number of nodes with UEFI firmware, the last ones. Default: present nodes keep theirs, new nodes have a BIOS. */
  readonly uefi?: number | undefined;
  /** Size of new nodes. */
  readonly size?: Partial<NodeSize>;
  /** Whether new nodes have a second disk, which their firmware tries first. */
  readonly secondDisk?: boolean;
  /** Whether to create the first server. */
  readonly server: boolean;
  /** The user's own servers. */
  readonly servers: ExternalServers;
}

/** All steps of `lab up`, in order. */
const upSteps = ({ server }: UpOptions): readonly Step<LabContext>[] => [
  ...buildSteps,
  ...infrastructureSteps,
  ...serviceSteps,
  ...cloudSteps,
  ...(server ? serverSteps : []),
];

/**
 * Starts the missing parts of the lab. Idempotent. After a failed step the earlier results stay, for `down` or another
 * `up`.
 */
export async function up(options: UpOptions): Promise<LabContext> {
  const paths = labPaths(options);
  const lock = { timeoutMs: 0, what: `another lab command in ${paths.folder} to end` };
  return withLock(paths.data, lock, async () => {
    const nodes = await nodesWanted(paths.rack, options.nodes);
    const { uefi, secondDisk, size = {} } = options;
    // Refuses wrong options before anything is started.
    const present = (await readRack(paths.rack))?.nodes ?? [];
    newHardware(present, { nodes, uefi, secondDisk });
    refuseOtherSize(present, { nodes, size });
    const chosen = chosenServers(paths, options.servers);
    const external = chosen ?? options.servers;
    await reachServers(external, { unused: chosen === undefined });
    const ledger = Ledger.open(paths.data);
    ledger.recordPath(paths.folder);
    rememberServers(paths, external);
    mkdirSync(paths.logFolder, { recursive: true });
    const context: LabContext = { paths, ledger, nodes, uefi, secondDisk, size, external };
    await runSteps(upSteps(options), context);
    return context;
  });
}
