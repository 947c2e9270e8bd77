import type { Running } from '@metalcast/service';
import { ActiveStandby } from './active-standby.js';
import { BootServer } from './boot-server.js';
import type { BootContext } from './config.js';
import { tellWhere } from './node-facing.js';

/** Serves the provisioning network, or stands by for who does. */
export function startBoot(context: BootContext): Promise<Running> {
  const { config, database, logger, host, health } = context;
  const name = `boot:${config.provisioningNetwork ?? config.provisioningInterface}`;
  const standby = new ActiveStandby({
    database,
    logger,
    name,
    // The host's, not the process's: a process that died here can't answer any more, for its ports are taken
    // by its successor, which need not wait for the end of the lease while nodes ask for addresses.
    owner: `boot@${host}`,
    create: () => new BootServer(context),
  });
  health.check('boot', () => standby.ready);
  tellWhere(context, false);
  standby.start();
  return Promise.resolve({ close: () => standby.stop() });
}
