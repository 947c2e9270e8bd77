import { mkdirSync } from 'node:fs';
import { Ledger, withLock } from '@metalcast/rig';
import { chosenServers, rememberServers } from '../external/chosen-servers.js';
import { reachServers } from '../external/reach-servers.js';
import type { ExternalServers } from '../external/server-urls.js';
import { labPaths, type LabPlace } from '../lab-paths.js';
import { nodesWanted } from '../rack/rack.js';
import { readRack } from '../rack/rack-file.js';
import { buildSteps, cloudSteps, serverSteps } from './cloud-steps.js';
import { groundSteps } from './ground-steps.js';
import type { LabContext } from './lab-context.js';
import { serviceSteps } from './service-steps.js';
import { runSteps, type Step } from './step.js';
import { wantedHardware } from './wanted-hardware.js';

export interface UpOptions extends LabPlace {
  /** Default: as many as there are, or two. Fewer than there are is refused. */
  readonly nodes?: number | undefined;
  /**
   * How many of them, the last, have UEFI firmware. Default: those that are there stay, those that are added have a
   * BIOS.
   */
  readonly uefi?: number | undefined;
  /** Whether nodes that are added have a second disk, the first one for their firmware. */
  readonly secondDisk?: boolean;
  /** Whether to boot the first server. */
  readonly server: boolean;
  /** Servers of the user's own. */
  readonly servers: ExternalServers;
}

/** All of `lab up`, in order. */
const upSteps = ({ server }: UpOptions): readonly Step<LabContext>[] => [
  ...buildSteps,
  ...groundSteps,
  ...serviceSteps,
  ...cloudSteps,
  ...(server ? serverSteps : []),
];

/** Starts what does not run yet. Idempotent; what was made stays when a step fails, for `down` or another `up`. */
export async function up(options: UpOptions): Promise<LabContext> {
  const paths = labPaths(options);
  const lock = { timeoutMs: 0, what: `another lab command in ${paths.folder} to end` };
  return withLock(paths.data, lock, async () => {
    const nodes = await nodesWanted(paths.rack, options.nodes);
    const { uefi, secondDisk } = options;
    // Refused before anything is started.
    wantedHardware((await readRack(paths.rack))?.nodes ?? [], { nodes, uefi, secondDisk });
    const chosen = chosenServers(paths, options.servers);
    const external = chosen ?? options.servers;
    await reachServers(external, { unused: chosen === undefined });
    const ledger = Ledger.open(paths.data);
    ledger.recordPath(paths.folder);
    rememberServers(paths, external);
    mkdirSync(paths.logFolder, { recursive: true });
    const context: LabContext = { paths, ledger, nodes, uefi, secondDisk, external };
    await runSteps(upSteps(options), context);
    return context;
  });
}
