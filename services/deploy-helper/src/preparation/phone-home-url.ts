import { phoneHomePath } from '@metalcast/contracts';
import type { DeploymentPort } from '@metalcast/db/deploy-helper';
import { Fault } from '@metalcast/domain';
import { phoneHomeToken, type Deriver, type PhoneHomeBinding } from '@metalcast/keys';
import { bootUrlFor, type BootService } from './boot-services.js';

/**
 * The URL that the server's system calls after its first boot. Fault UNAVAILABLE when no boot service is known on its
 * networks.
 */
export function phoneHomeUrl(
  services: readonly BootService[],
  agent: Deriver,
  binding: PhoneHomeBinding,
  ports: readonly DeploymentPort[],
): string {
  const base = bootUrlFor(services, ports);
  if (base === undefined) {
    const reason = `No boot service is known on the networks of server ${binding.instance}, which shall phone home.`;
    throw new Fault('UNAVAILABLE', { reason });
  }
  return `${base}${phoneHomePath(binding.instance, phoneHomeToken(agent, binding))}`;
}
