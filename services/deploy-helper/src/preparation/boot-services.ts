import type { ServiceWithState } from '@metalcast/db';
import type { DeploymentPort } from '@metalcast/db/deploy-helper';
import { cidrContains, parseCidr, parseIpv4 } from '@metalcast/domain';
import { z } from 'zod';

export const bootBinary = 'metalcast-boot';

/** A boot service as it is known from its heartbeat. */
export type BootService = Pick<ServiceWithState, 'details' | 'up' | 'lastSeen'>;

const bootDetails = z.looseObject({
  address: z.string(),
  network: z.uuid().nullish(),
  provisioningUrl: z.url(),
  serving: z.boolean(),
});
type BootDetails = z.output<typeof bootDetails>;

/**
 * The boot service on a network of the ports: the one that serves the network; during a replacement one that may serve
 * it; else the last one that did.
 */
export function bootUrlFor(
  services: readonly BootService[],
  ports: readonly DeploymentPort[],
): string | undefined {
  const known = services.flatMap(({ details, up, lastSeen }) => {
    const boot = bootDetails.safeParse(details).data;
    return boot !== undefined && ports.some((port) => serves(boot, port))
      ? [{ url: boot.provisioningUrl, rank: up ? (boot.serving ? 2 : 1) : 0, lastSeen }]
      : [];
  });
  const [best] = known.toSorted(
    (a, b) => b.rank - a.rank || b.lastSeen.getTime() - a.lastSeen.getTime(),
  );
  return best?.url;
}

/**
 * The ports with their DHCP as it is: a subnet whose row promises DHCP has none unless a boot service is on it, so its
 * system must set the address itself. As long as no boot service is known the rows are believed.
 */
export function withServedDhcp(
  services: readonly BootService[],
  ports: readonly DeploymentPort[],
): readonly DeploymentPort[] {
  const boots = services.flatMap(({ details }) => bootDetails.safeParse(details).data ?? []);
  if (boots.length === 0) {
    return ports;
  }
  return ports.map((port) => {
    const isServed = boots.some((boot) => serves(boot, port));
    return port.subnet === null || isServed
      ? port
      : { ...port, subnet: { ...port.subnet, enableDhcp: false } };
  });
}

function serves({ address, network }: BootDetails, { port, subnet }: DeploymentPort): boolean {
  const cidr = parseCidr(subnet?.cidr ?? '');
  const at = parseIpv4(address);
  return (
    subnet?.enableDhcp === true &&
    (network ?? port.networkId) === port.networkId &&
    cidr !== undefined &&
    at !== undefined &&
    cidrContains(cidr, at)
  );
}
