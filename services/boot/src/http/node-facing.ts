import type { BootContext } from '../config.js';

/** The URL where nodes reach the HTTP server, without a slash at its end. */
export const nodeFacingUrl = ({
  provisioningAddress,
  httpPort,
}: Pick<BootContext['config'], 'provisioningAddress' | 'httpPort'>): string =>
  `http://${provisioningAddress}:${httpPort}`;

/**
 * Publishes by the heartbeat where nodes reach the HTTP server, and whether this process or another one answers there.
 */
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
