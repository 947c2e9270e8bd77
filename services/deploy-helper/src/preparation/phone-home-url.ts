import { phoneHomePath } from '@metalcast/contracts';
import { listServices, type Database, type ServiceWithState } from '@metalcast/db';
import type { DeploymentPort } from '@metalcast/db/deploy-helper';
import { cidrContains, Fault, parseCidr, parseIpv4 } from '@metalcast/domain';
import { phoneHomeToken, type Deriver, type PhoneHomeBinding } from '@metalcast/keys';
import { z } from 'zod';

const bootBinary = 'metalcast-boot';
const bootDetails = z.looseObject({
  address: z.string(),
  network: z.uuid().nullish(),
  provisioningUrl: z.url(),
  serving: z.boolean(),
});
type BootDetails = z.output<typeof bootDetails>;

/**
 * The URL that the server's system calls after its first boot. Fault UNAVAILABLE when no boot service is known on its
 * networks.
 */
export async function phoneHomeUrl(
  database: Database,
  agent: Deriver,
  binding: PhoneHomeBinding,
  ports: readonly DeploymentPort[],
): Promise<string> {
  const base = bootUrlFor(await listServices(database, bootBinary), ports);
  if (base === undefined) {
    const reason = `No boot service is known on the networks of server ${binding.instance}, which shall phone home.`;
    throw new Fault('UNAVAILABLE', { reason });
  }
  return `${base}${phoneHomePath(binding.instance, phoneHomeToken(agent, binding))}`;
}

/**
 * The boot service on a network of the ports: the one that serves the network; during a replacement one that may serve
 * it; else the last one that did.
 */
export function bootUrlFor(
  services: readonly Pick<ServiceWithState, 'details' | 'up' | 'lastSeen'>[],
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
