import type { ConfigOf, OptionTable } from '@metalcast/config';
import type { Database, Prisma } from '@metalcast/db';
import type { KeysOf } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';
import type { RpcConnection } from '@metalcast/rpc';
import type { Health } from './health.js';
import type { ServiceOptions } from './options.js';

/** What a service is given to work with. */
export interface ServiceContext<
  T extends OptionTable = ServiceOptions,
  D extends Database = Database,
> {
  readonly config: ConfigOf<T & ServiceOptions>;
  readonly logger: Logger;
  readonly database: D;
  /** Those that its options name. */
  readonly keys: KeysOf<T>;
  readonly rpc: RpcConnection;
  /** This host's name: directed messages go to `<topic>.<host>`. */
  readonly host: string;
  /** Names this very process as the holder of leases and claims. */
  readonly owner: string;
  readonly health: Pick<Health, 'check'>;
  /** Sets what the process's row in `services` tells others. */
  details(details: Prisma.InputJsonObject): void;
}

export interface Running {
  /** Takes no more work, lets what is under way finish or hands it back. */
  close(): Promise<void>;
}
