import '@metalcast/service/small-heap';
import { power } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { serve } from '@metalcast/service';
import { options } from './config.js';
import { startPower } from './start.js';

await serve({
  name: 'power',
  binary: 'metalcast-power',
  topic: power,
  about: 'Switches machines on and off through their BMCs, and watches their power.',
  options,
  database: Database,
  planOnce: true,
  start: startPower,
});
