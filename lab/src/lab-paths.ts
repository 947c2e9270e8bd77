import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataRoot } from '@metalcast/rig';

/** As far from src as from dist. */
export const checkout = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Where a lab keeps its things. Its names come from its folder, so that two checkouts' labs run side by side. */
export interface LabPaths {
  /** For people: openrc, lab.json, logs. */
  readonly folder: string;
  readonly logFolder: string;
  readonly openrc: string;
  readonly labJson: string;
  /** The ledger, the data of broker, database and services, the rack. */
  readonly data: string;
  readonly rack: string;
  /** Unix sockets: theirs must be a short path, for 107 characters are the most. */
  readonly sockets: string;
  readonly namespace: string;
}

export interface LabPlace {
  /** Default: .lab in the checkout. */
  readonly folder?: string | undefined;
  /** Default: under the data root. */
  readonly data?: string | undefined;
  /** Default: in `data`. */
  readonly sockets?: string | undefined;
}

export function labPaths(place: LabPlace): LabPaths {
  const folder = resolve(place.folder ?? join(checkout, '.lab'));
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const data = resolve(place.data ?? join(dataRoot(), `lab-${hash}`));
  return {
    folder,
    logFolder: join(folder, 'log'),
    openrc: join(folder, 'openrc'),
    labJson: join(folder, 'lab.json'),
    data,
    rack: join(data, 'rack'),
    sockets: place.sockets ?? join(data, 'sockets'),
    namespace: `metalcast-${hash}`,
  };
}
