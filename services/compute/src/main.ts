import '@metalcast/service/small-heap';
import { compute } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { speech } from '@metalcast/domain';
import { subscribe } from '@metalcast/rpc';
import { serve, startRpcApp } from '@metalcast/service';
import { ComputeModule } from './compute.module.js';
import { options } from './config.js';
import { Sweep } from './engine/sweep.js';
import { Engine } from './engine/advance.js';
import { wakingEvents } from './engine/waits/conditions.js';
import { formerBindings, wakeBy } from './engine/wake.js';
import { RetentionSweep } from './retention/retention-sweep.js';

await serve({
  name: 'compute',
  binary: 'nova-compute',
  topic: compute,
  about: 'Builds and deletes servers: runs each operation step by step, whoever began it.',
  options,
  database: Database,
  planOnce: true,
  start: async (context) => {
    const app = await startRpcApp(context, compute, ComputeModule.register(context));
    const engine = app.get<Engine>(Engine);
    const events = await subscribe(context.rpc, {
      queue: speech.compute.subscription,
      bindings: wakingEvents,
      formerBindings,
      prefetch: context.config.prefetch,
      handler: (event) => wakeBy(engine, event),
    });
    const sweep = app.get<Sweep>(Sweep);
    sweep.start();
    const retention = new RetentionSweep(context.database, context);
    retention.start();
    return {
      close: async () => {
        await retention.stop();
        await sweep.stop();
        await events.close();
        await app.close();
      },
    };
  },
});
