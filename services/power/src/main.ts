import '@metalcast/service/small-heap';
import { power } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { microservice, serve } from '@metalcast/service';
import { options } from './config.js';
import { PowerModule } from './power.module.js';

await serve({
  name: 'power',
  topic: power,
  about: 'Switches machines on and off through their BMCs, and watches their power.',
  options,
  database: Database,
  planOnce: true,
  start: microservice(PowerModule, { topics: [power], events: 'live' }),
});
