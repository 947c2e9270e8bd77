import type { Running } from '@metalcast/service';
import { ActiveStandby } from './active/active-standby.js';
import { BootServer } from './active/boot-server.js';
import type { BootContext } from './config.js';
import { tellWhere } from './http/node-facing.js';

/** Serves the provisioning network, or stands by for the process that does. */
export function startBoot(context: BootContext): Promise<Running> {
  const { config, database, logger, host, health } = context;
  const name = `boot:${config.provisioningNetwork ?? config.provisioningInterface}`;
  const standby = new ActiveStandby({
    database,
    logger,
    name,
    // The owner is the host, not the process: a successor on this host need not wait for the end of the lease while
    // nodes ask for addresses. The former process cannot answer any more, because its successor has its ports.
    owner: `boot@${host}`,
    create: () => new BootServer(context),
  });
  health.check('boot', () => standby.ready);
  tellWhere(context, false);
  standby.start();
  return Promise.resolve({ close: () => standby.stop() });
}
