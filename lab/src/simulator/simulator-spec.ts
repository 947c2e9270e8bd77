import { join } from 'node:path';
import type { ServiceSpec } from '@metalcast/rig';
import { checkout } from '../lab-paths.js';

export interface SimulatorPlace {
  /** The checkout whose simulator runs; default: this one. */
  readonly checkout?: string | undefined;
  readonly folder: string;
  /** File that contains only the BMCs' password. */
  readonly passwordFile: string;
  readonly nodes: number;
  readonly bmcPort: number;
  readonly controlPort: number;
  /** Base URL of its HTTP interface, from outside the namespace. */
  readonly control: string;
}

/** The simulator as a process of a lab. */
export const simulatorSpec = (place: SimulatorPlace): ServiceSpec => ({
  name: 'simulator',
  command: process.execPath,
  args: [
    join(place.checkout ?? checkout, 'lab', 'dist', 'simulator', 'main.js'),
    ...['--folder', place.folder, '--password-file', place.passwordFile],
    ...['--nodes', String(place.nodes)],
    ...['--bmc-port', String(place.bmcPort), '--control-port', String(place.controlPort)],
  ],
  env: {},
  health: place.control,
  capabilities: ['net_bind_service'],
});
