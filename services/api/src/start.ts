import type { Running } from '@metalcast/service';
import { ApiModule } from './api.module.js';
import type { ApiContext } from './config.js';
import type { AnonymousPace } from './http/anonymous-pace.js';
import { startHttp } from './http/server.js';
import { bootstrapAccounts } from './identity/bootstrap.js';
import { PasswordPool } from './identity/password-pool.js';
import { ImageSweep } from './image/image-sweep.js';
import { ImageUpload } from './image/image-upload.js';

/** Makes the accounts, then listens. */
export async function startApi(context: ApiContext, pace?: AnonymousPace): Promise<Running> {
  const { config, database, health, logger } = context;
  await bootstrapAccounts(database, config);
  const http = await startHttp(context, ApiModule.register(context), pace);
  const sweep = http.get(ImageSweep);
  sweep.start();
  health.check('http', () => http.listening);
  logger.info({ url: http.url, publicUrl: config.publicUrl }, 'listening');
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
