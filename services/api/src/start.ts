import type { Running } from '@metalcast/service';
import { ApiModule } from './api.module.js';
import type { ApiContext } from './config.js';
import { openHttp } from './http/server.js';
import type { AnonymousPace } from './http/limits/anonymous-pace.js';
import { bootstrapAccounts } from './identity/accounts/bootstrap.js';

/** Makes the accounts, then listens. Threads verify the passwords; meanwhile this thread makes the routes. */
export async function startApi(context: ApiContext, pace?: AnonymousPace): Promise<Running> {
  const { config, database, health, keys, logger } = context;
  const [http] = await Promise.all([
    openHttp(context, ApiModule.register(context), pace),
    bootstrapAccounts(database, config, keys),
  ]);
  const url = await http.listen();
  health.check('http', () => http.listening);
  logger.info({ url, publicUrl: config.publicUrl }, 'listening');
  context.details({ publicUrl: config.publicUrl });
  return http;
}
