import '@metalcast/service/small-heap';
import { deployHelper } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { serve } from '@metalcast/service';
import { options } from './config.js';
import { startDeployHelper } from './start.js';

await serve({
  name: 'deploy-helper',
  binary: 'metalcast-deploy-helper',
  topic: deployHelper,
  about: "Answers deploy ramdisks and writes images to their nodes' disks.",
  options,
  database: Database,
  planOnce: true,
  start: startDeployHelper,
});
