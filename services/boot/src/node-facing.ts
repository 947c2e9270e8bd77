import type { BootContext } from './config.js';

/** Where nodes reach the HTTP server, without a slash at its end. */
export const nodeFacingUrl = ({
  provisioningAddress,
  httpPort,
}: Pick<BootContext['config'], 'provisioningAddress' | 'httpPort'>): string =>
  `http://${provisioningAddress}:${httpPort}`;

/** Tells the others by the heartbeat where that is, and whether it answers there or another process does. */
export function tellWhere(context: BootContext, serving: boolean): void {
  const { config } = context;
  context.details({
    address: config.provisioningAddress,
    interface: config.provisioningInterface,
    network: config.provisioningNetwork ?? null,
    provisioningUrl: nodeFacingUrl(config),
    serving,
  });
}
