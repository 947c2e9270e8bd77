import '@metalcast/service/small-heap';
import { deployHelper } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { microservice, serve } from '@metalcast/service';
import { options } from './config.js';
import { DeployHelperModule } from './deploy-helper.module.js';

await serve({
  name: 'deploy-helper',
  topic: deployHelper,
  about: "Answers deploy ramdisks and writes images to their nodes' disks.",
  options,
  database: Database,
  planOnce: true,
  start: microservice(DeployHelperModule, { topics: [deployHelper], events: 'live' }),
});
