import { scheduler } from '@metalcast/contracts';
import { serve, serviceOptions, startRpcApp } from '@metalcast/service';
import { SchedulerModule } from './scheduler.module.js';

await serve({
  name: 'scheduler',
  binary: 'nova-scheduler',
  topic: scheduler,
  about: 'Chooses and claims a node for each server that is asked for.',
  options: serviceOptions,
  start: (context) => startRpcApp(context, scheduler, SchedulerModule.register(context)),
});
