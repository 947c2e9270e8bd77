import { type ServiceSpec, type ServiceStatus, startService } from '@metalcast/rig';
import { readRack } from '../rack/rack-file.js';
import { rackUp } from '../rack/rack.js';
import type { LabContext } from './lab-context.js';
import { writeOpenrc } from './openrc.js';
import { writeLabJson } from './lab-json.js';
import { serviceSpecs } from './service-specs.js';
import type { Step } from './step.js';
import { newHardware } from './new-hardware.js';

/** Runs before the services, because `boot` serves the rack's provisioning network. */
const rack: Step<LabContext> = {
  title: 'Rack',
  async run(context, report) {
    const { ledger, paths, nodes, size = {} } = context;
    const { namespace } = paths;
    context.rack = await rackUp({
      ledger,
      namespace,
      folder: paths.rack,
      nodes,
      size,
      hardware: newHardware((await readRack(paths.rack))?.nodes ?? [], context),
    });
    report(`${context.rack.nodes.length} nodes`);
  },
};

const services: Step<LabContext> = {
  title: 'Services',
  async run(context, report) {
    const { ledger, paths } = context;
    const place = { ledger, namespace: paths.namespace, logFolder: paths.logFolder };
    const ready: string[] = [];
    const start = async (spec: ServiceSpec): Promise<ServiceStatus> => {
      const started = await startService(place, spec);
      ready.push(spec.name);
      report(`ready: ${ready.join(', ')}`);
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
