import type { Session } from '@metalcast/cloud-client';
import type { Broker, Database, Forwarding, Ledger, ServiceStatus } from '@metalcast/rig';
import type { BuiltImages } from '../cloud/images.js';
import type { Server } from '../cloud/server.js';
import type { ExternalServers } from '../external/server-urls.js';
import type { LabPaths } from '../lab-paths.js';
import type { ProvisioningNetwork } from '../rack/network.js';
import type { NodeSize } from '../rack/node.js';
import type { Rack } from '../rack/rack-file.js';

/** The data that the steps of `lab up` share. Each step adds its results for the later steps. */
export interface LabContext {
  readonly paths: LabPaths;
  readonly ledger: Ledger;
  /** The checkout whose programs run; default: this one. */
  readonly checkout?: string;
  readonly nodes: number;
  /** Number of nodes with UEFI firmware, the last ones. Undefined: present nodes keep theirs, new nodes have a BIOS. */
  readonly uefi?: number | undefined;
  /** Size of new nodes. */
  readonly size?: Partial<NodeSize>;
  /** Whether new nodes have a second disk, which their firmware tries first. */
  readonly secondDisk?: boolean | undefined;
  /** The user's own servers, used instead of the lab's. */
  readonly external: ExternalServers;
  /** More ports of the namespace's loopback to forward to the host. */
  readonly forwards?: Readonly<
    Record<string, { readonly inside: number; readonly wanted: number }>
  >;
  /** False, for tests: a power failure may lose the database's data. */
  readonly durable?: boolean;
  /** Default: the network of the rack. */
  readonly network?: ProvisioningNetwork;
  forwarding?: Forwarding;
  broker?: Broker;
  /**
   * Folder with the AMQP URL of each service's own user, one file per service. Undefined: all use the broker's user.
   */
  brokerLogins?: string;
  database?: Database;
  /**
   * Folder with the database URL of each service's own login, one file per service. Undefined: all use the owner's
   * login.
   */
  databaseLogins?: string;
  rack?: Rack;
  services?: readonly ServiceStatus[];
  images?: BuiltImages;
  session?: Session;
  imageId?: string;
  server?: Server;
  /** The line that the node itself wrote to its console. */
  readyLine?: string;
}

/** The result of an earlier step. Throws when that step has not run. */
export function requireResult<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`${what} is missing: the steps are in the wrong order`);
  }
  return value;
}
