import type { Firmware, NodeHardware } from '../rack/hardware.js';
import { nodeName } from '../rack/node.js';
import { readRack } from '../rack/rack-file.js';
import { rackUp } from '../rack/rack.js';
import { startService, type ServiceSpec, type ServiceStatus } from '../supervise/supervise.js';
import type { LabContext } from './lab-context.js';
import { writeOpenrc } from './openrc.js';
import { writeLabJson } from './lab-json.js';
import { serviceSpecs } from './service-specs.js';
import type { Step } from './step.js';

/** UEFI for the last `uefi` nodes; nothing is said of any without it. */
function firmwares(
  nodes: number,
  uefi: number | undefined,
): Record<string, { firmware: Firmware }> {
  if (uefi === undefined) {
    return {};
  }
  const firmware = (index: number): Firmware => (index > nodes - uefi ? 'uefi' : 'bios');
  const indices = Array.from({ length: nodes }, (_, i) => i + 1);
  return Object.fromEntries(indices.map((i) => [nodeName(i), { firmware: firmware(i) }]));
}

/** The second disk of nodes that are not there yet. */
async function hardwareOf({
  paths,
  nodes,
  uefi,
  secondDisk = false,
}: LabContext): Promise<Record<string, Partial<NodeHardware>>> {
  const firmware = firmwares(nodes, uefi);
  if (!secondDisk) {
    return firmware;
  }
  const present = (await readRack(paths.rack))?.nodes.length ?? 0;
  const extraDisks = [{ gb: 1, before: true }];
  const added = Array.from({ length: nodes - present }, (_, i) => nodeName(present + i + 1));
  return {
    ...firmware,
    ...Object.fromEntries(added.map((name) => [name, { ...firmware[name], extraDisks }])),
  };
}

/** Before the services: `boot` serves its provisioning network. */
const rack: Step<LabContext> = {
  title: 'Rack',
  async run(context, tell) {
    const { ledger, paths, nodes } = context;
    const { namespace } = paths;
    context.rack = await rackUp({
      ledger,
      namespace,
      folder: paths.rack,
      nodes,
      hardware: await hardwareOf(context),
    });
    tell(`${context.rack.nodes.length} nodes`);
  },
};

const services: Step<LabContext> = {
  title: 'Services',
  async run(context, tell) {
    const { ledger, paths } = context;
    const place = { ledger, namespace: paths.namespace, logFolder: paths.logFolder };
    const ready: string[] = [];
    const start = async (spec: ServiceSpec): Promise<ServiceStatus> => {
      const started = await startService(place, spec);
      ready.push(spec.name);
      tell(`ready: ${ready.join(', ')}`);
      return started;
    };
    context.services = await Promise.all(serviceSpecs(context).map(start));
  },
};

const papers: Step<LabContext> = {
  title: 'openrc and lab.json',
  async run(context) {
    writeOpenrc(context);
    writeLabJson(context);
    return Promise.resolve();
  },
};

export const serviceSteps: readonly Step<LabContext>[] = [rack, services, papers];
