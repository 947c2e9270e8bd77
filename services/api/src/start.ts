import type { Running } from '@metalcast/service';
import { ApiModule } from './api.module.js';
import type { ApiContext } from './config.js';
import type { AnonymousPace } from './http/limits/anonymous-pace.js';
import { openHttp } from './http/server.js';
import { bootstrapAccounts } from './identity/accounts/bootstrap.js';
import { PasswordPool } from './identity/passwords/password-pool.js';
import { ImageSweep } from './image/store/image-sweep.js';
import { ImageUpload } from './image/data/image-upload.js';

/** Makes the accounts, then listens. Passwords are verified in a thread: meanwhile this one makes the routes. */
export async function startApi(context: ApiContext, pace?: AnonymousPace): Promise<Running> {
  const { config, database, health, logger } = context;
  const [http] = await Promise.all([
    openHttp(context, ApiModule.register(context), pace),
    bootstrapAccounts(database, config),
  ]);
  const url = await http.listen();
  const sweep = http.get(ImageSweep);
  sweep.start();
  health.check('http', () => http.listening);
  logger.info({ url, publicUrl: config.publicUrl }, 'listening');
  context.details({ publicUrl: config.publicUrl });
  return {
    async close() {
      await http.close();
      await http.get(ImageUpload).settle();
      await sweep.stop();
      await http.get(PasswordPool).close();
    },
  };
}
