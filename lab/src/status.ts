import { isRunning, Ledger, serviceStatus, type ServiceStatus } from '@metalcast/rig';
import { labPaths, type LabPlace } from './lab-paths.js';
import { readLabJson, type LabJson } from './up/lab-json.js';

export interface LabStatus {
  /** Whether every process of the lab runs and every service is ready. */
  readonly up: boolean;
  /** All recorded processes, including the services. */
  readonly processes: readonly { label: string; pid: number; running: boolean }[];
  readonly services: readonly ServiceStatus[];
  readonly nodes: LabJson['nodes'];
  readonly api: string | undefined;
}

/** Reads the state of the lab and changes nothing. */
export async function status(place: LabPlace): Promise<LabStatus> {
  const paths = labPaths(place);
  const ledger = Ledger.find(paths.data);
  const lab = readLabJson(paths);
  const processes = (ledger?.processes() ?? []).map(({ label, identity }) => ({
    label,
    pid: identity.pid,
    running: isRunning(identity),
  }));
  const at = ledger === undefined ? undefined : { ledger, logFolder: paths.logFolder };
  const services =
    at === undefined || lab === undefined
      ? []
      : await Promise.all(lab.services.map((service) => serviceStatus(at, service)));
  return {
    up:
      services.length > 0 &&
      services.every(({ ready }) => ready) &&
      processes.every(({ running }) => running),
    processes,
    services,
    nodes: lab?.nodes ?? [],
    api: lab?.api,
  };
}

export function statusText(lab: LabStatus): string {
  if (lab.processes.length === 0) {
    return 'The lab is down.';
  }
  const ready = new Map(lab.services.map((service) => [`service-${service.name}`, service.ready]));
  const lines = lab.processes.map(({ label, pid, running }) => {
    const word = running ? (ready.get(label) === false ? 'not ready' : 'running') : 'ended';
    return `  ${label.padEnd(24)} ${String(pid).padStart(8)}  ${word}`;
  });
  const head = lab.up ? `The lab is up: ${String(lab.api)}` : 'The lab is only partly up:';
  return [head, ...lines].join('\n');
}
