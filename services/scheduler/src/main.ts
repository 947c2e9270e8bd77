import '@metalcast/service/small-heap';
import { scheduler } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { follow } from '@metalcast/rpc';
import { serve, startRpcApp } from '@metalcast/service';
import { options } from './config.js';
import { FleetKeeper } from './fleet/fleet-keeper.js';
import { Fleet } from './fleet/fleet.js';
import { isRelevantEvent } from './fleet/relevant-event.js';
import { SchedulerModule } from './scheduler.module.js';

/** Events that can change the input of filters. */
const bindings = [
  'node.state',
  'node.enrolled',
  'node.removed',
  'node.changed',
  'node.quarantined',
  'aggregate.#',
];

await serve({
  name: 'scheduler',
  binary: 'nova-scheduler',
  topic: scheduler,
  about: 'Chooses and claims a node for each server that is asked for.',
  options,
  database: Database,
  start: async (context) => {
    const { database, logger, config, rpc, health } = context;
    const fleet = new Fleet();
    const { refreshMs: everyMs, verifyMs } = config;
    const keeper = new FleetKeeper(database, fleet, logger, { everyMs, verifyMs });
    await keeper.start();
    health.check('nodes', () => keeper.isFresh());
    const look = (): void => {
      keeper.refreshSoon();
    };
    const events = await follow(rpc, {
      bindings,
      handler: (event) => {
        if (isRelevantEvent(fleet, event)) {
          look();
        }
      },
      onListening: look,
    });
    const app = await startRpcApp(
      context,
      scheduler,
      SchedulerModule.register(context, { fleet, keeper }),
    );
    return {
      close: async () => {
        await app.close();
        await events.close();
        await keeper.stop();
      },
    };
  },
});
