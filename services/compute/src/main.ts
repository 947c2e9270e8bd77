import { compute } from '@metalcast/contracts';
import { subscribe } from '@metalcast/rpc';
import { serve, startRpcApp } from '@metalcast/service';
import { ComputeModule } from './compute.module.js';
import { options } from './config.js';
import { Sweep } from './engine/sweep.js';
import { formerBindings, Wake, wakingEvents } from './engine/wake.js';
import { plans } from './operations/index.js';

await serve({
  name: 'compute',
  binary: 'nova-compute',
  topic: compute,
  about: 'Builds and deletes servers: runs each operation step by step, whoever began it.',
  options,
  start: async (context) => {
    const app = await startRpcApp(context, compute, ComputeModule.register(context));
    const wake = app.get<Wake>(Wake);
    const events = await subscribe(context.rpc, {
      queue: 'metalcast.compute.events',
      bindings: wakingEvents(plans),
      formerBindings,
      prefetch: context.config.prefetch,
      handler: (event) => wake.byEvent(event),
    });
    const sweep = app.get<Sweep>(Sweep);
    sweep.start();
    return {
      close: async () => {
        await sweep.stop();
        await events.close();
        await app.close();
      },
    };
  },
});
