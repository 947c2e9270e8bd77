import { power } from '@metalcast/contracts';
import { serve, startRpcApp } from '@metalcast/service';
import { PowerWorker } from './commands/worker.js';
import { options } from './config.js';
import { PowerModule } from './power.module.js';
import { PowerSync } from './sync/sync.js';

await serve({
  name: 'power',
  binary: 'metalcast-power',
  topic: power,
  about: 'Switches machines on and off through their BMCs, and watches their power.',
  options,
  start: async (context) => {
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
  },
});
