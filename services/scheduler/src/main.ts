import '@metalcast/service/small-heap';
import { scheduler } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { microservice, serve } from '@metalcast/service';
import { options } from './config.js';
import { SchedulerModule } from './scheduler.module.js';

await serve({
  name: 'scheduler',
  topic: scheduler,
  about: 'Chooses and claims a node for each server that is asked for.',
  options,
  database: Database,
  start: microservice(SchedulerModule, { topics: [scheduler], events: 'live' }),
});
