import { power } from '@metalcast/contracts';
import { startRpcApp, type Running, type ServiceContext } from '@metalcast/service';
import { PowerWorker } from './commands/worker.js';
import type { options } from './config.js';
import { PowerModule } from './power.module.js';
import { PowerSync } from './sync/sync.js';

/** Serves the topic, carries out commands and watches the power, until it is closed. */
export async function startPower(context: ServiceContext<typeof options>): Promise<Running> {
  const app = await startRpcApp(context, power, PowerModule.register(context));
  const worker = app.get<PowerWorker>(PowerWorker);
  const sync = app.get<PowerSync>(PowerSync);
  worker.start();
  sync.start();
  return {
    close: async () => {
      await app.close();
      await Promise.all([worker.close(), sync.close()]);
    },
  };
}
