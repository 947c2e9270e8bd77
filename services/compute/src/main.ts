import '@metalcast/service/small-heap';
import { compute } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { serviceMessages } from '@metalcast/domain';
import { microservice, serve } from '@metalcast/service';
import { ComputeModule } from './compute.module.js';
import { options } from './config.js';
import { formerBindings } from './engine/wake.js';

await serve({
  name: 'compute',
  topic: compute,
  about: 'Builds and deletes servers: runs each operation step by step, whoever began it.',
  options,
  database: Database,
  planOnce: true,
  start: microservice(ComputeModule, {
    topics: [compute],
    events: { queue: serviceMessages.compute.subscription, formerBindings },
  }),
});
