import '@metalcast/service/small-heap';
import { ModelDatabase } from '@metalcast/db/models';
import { serve } from '@metalcast/service';
import { options } from './config.js';
import { startApi } from './start.js';

await serve({
  name: 'api',
  topic: null,
  about: 'The OpenStack HTTP APIs: compute, identity, image, network, and Metalcast’s own.',
  options,
  database: ModelDatabase,
  start: startApi,
});
