import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataRoot } from '@metalcast/rig';

/** The path is the same from src and dist. */
export const checkout = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * The folders of a lab. Names of namespaces and sockets derive from its folder, so labs of two checkouts run side by
 * side.
 */
export interface LabPaths {
  /** Files for people: openrc, lab.json, logs. */
  readonly folder: string;
  readonly logFolder: string;
  readonly openrc: string;
  readonly labJson: string;
  /** The ledger, the data of broker, database and services, and the rack. */
  readonly data: string;
  readonly rack: string;
  /** Unix sockets. A short path, because a socket's path has at most 107 characters. */
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
