import type { Session } from '@metalcast/cloud-client';
import type { Broker, Database, Forwarding, Ledger, ServiceStatus } from '@metalcast/rig';
import type { BuiltImages } from '../cloud/images.js';
import type { Server } from '../cloud/server.js';
import type { ExternalServers } from '../external/server-urls.js';
import type { LabPaths } from '../lab-paths.js';
import type { ProvisioningNetwork } from '../rack/network.js';
import type { Rack } from '../rack/rack-file.js';

/** What the steps of `lab up` share: each adds what it has made, for those after it. */
export interface LabContext {
  readonly paths: LabPaths;
  readonly ledger: Ledger;
  readonly nodes: number;
  /** How many of them, the last, have UEFI firmware; undefined: as they are, BIOS where they are added. */
  readonly uefi?: number | undefined;
  /** Whether those that are added have a second disk, the first one for their firmware. */
  readonly secondDisk?: boolean | undefined;
  /** Servers of the user's own, to be used in place of the lab's. */
  readonly external: ExternalServers;
  /** More ports of the namespace's loopback that are wanted outside. */
  readonly forwards?: Readonly<
    Record<string, { readonly inside: number; readonly wanted: number }>
  >;
  /** False gives up the database's data at a power cut, for tests. */
  readonly durable?: boolean;
  /** Default: the rack's. */
  readonly network?: ProvisioningNetwork;
  forwarding?: Forwarding;
  broker?: Broker;
  /** A folder with the URL of each service's own user, named as the service. Undefined: all have the broker's. */
  brokerLogins?: string;
  database?: Database;
  /** A folder with the URL of each service's own login, named as the service. Undefined: all have the owner's. */
  databaseLogins?: string;
  rack?: Rack;
  services?: readonly ServiceStatus[];
  images?: BuiltImages;
  session?: Session;
  imageId?: string;
  server?: Server;
  /** What the node itself wrote to its console. */
  readyLine?: string;
}

/** What an earlier step has made. */
export function made<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`${what} is not there yet: the steps are in the wrong order`);
  }
  return value;
}
