import '@metalcast/service/small-heap';
import { boot } from '@metalcast/contracts';
import { Database } from '@metalcast/db';
import { microservice, serve } from '@metalcast/service';
import { BootModule } from './boot.module.js';
import { options } from './config.js';

await serve({
  name: 'boot',
  topic: boot,
  about: 'Boots nodes over the network: DHCP, TFTP and HTTP on the provisioning network.',
  options,
  database: Database,
  planOnce: true,
  start: microservice(BootModule, {}),
});
