import type { ConfigOf, OptionTable } from '@metalcast/config';
import type { Database, Prisma } from '@metalcast/db';
import type { KeysOf } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';
import type { RpcConnection } from '@metalcast/rpc';
import type { Health } from '../health/health.js';
import type { ServiceOptions } from './options.js';

/** What each service gets at its start. */
export interface ServiceContext<
  T extends OptionTable = ServiceOptions,
  D extends Database = Database,
> {
  readonly config: ConfigOf<T & ServiceOptions>;
  readonly logger: Logger;
  readonly database: D;
  /** The keys that the service's options name. */
  readonly keys: KeysOf<T>;
  readonly rpc: RpcConnection;
  /** This host's name: directed messages go to `<topic>.<host>`. */
  readonly host: string;
  /** The name of this process as the holder of leases and claims. */
  readonly owner: string;
  readonly health: Pick<Health, 'check'>;
  /** Sets the details of this process that other services read from its row in `services`. */
  details(details: Prisma.InputJsonObject): void;
  /** Names what a stop closes from now on, before the start has ended: that may wait for the broker without limit. */
  began(service: Running): void;
}

export interface Running {
  /** Takes no more work; finishes running work or gives it back. */
  close(): Promise<void>;
}
