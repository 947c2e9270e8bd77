import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@metalcast/domain';
import { keyEnvironment } from '@metalcast/keys';
import type { ServiceSpec } from '@metalcast/rig';
import { checkout } from '../lab-paths.js';
import { imageNames } from '../cloud/images.js';
import { provisioning } from '../rack/network.js';
import { healthPorts, healthUrl, hostUrls } from './addresses.js';
import type { LabContext } from './lab-context.js';
import { writeSecrets, type SecretFiles } from './secrets.js';

/** The six services as processes of the lab, with their options and capabilities. */
export function serviceSpecs(context: LabContext): ServiceSpec[] {
  const secrets = writeSecrets(context);
  return (Object.keys(healthPorts) as ServiceName[]).map((name) => ({
    name,
    command: process.execPath,
    args: [serviceProgram(context.checkout ?? checkout, name)],
    env: { ...forAll(name, secrets), ...forOne(name, context, secrets) },
    health: healthUrl(context, name),
    capabilities: name === 'boot' ? ['net_admin', 'net_raw', 'net_bind_service'] : [],
  }));
}

/** A service's program in a checkout. */
export const serviceProgram = (of: string, name: ServiceName): string =>
  join(of, 'services', name, 'dist', 'main.js');

function forAll(name: ServiceName, secrets: SecretFiles): Record<string, string> {
  return {
    AMQP_URL_FILE: secrets.amqpUrl(name),
    DATABASE_URL_FILE: secrets.databaseUrl(name),
    ...keyEnvironment(name, secrets.keys),
    METALCAST_HEALTH_PORT: String(healthPorts[name]),
    // The user's own variables would override the files.
    AMQP_URL: '',
    DATABASE_URL: '',
  };
}

function forOne(
  name: ServiceName,
  context: LabContext,
  secrets: SecretFiles,
): Record<string, string> {
  const state = join(context.paths.data, name);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const ownState = { METALCAST_STATE_DIRECTORY: state };
  const images = { METALCAST_SERVICE_PASSWORD_FILE: secrets.servicePassword };
  const { address, bridge } = context.network ?? provisioning;
  const network = { METALCAST_PROVISIONING_ADDRESS: address };
  switch (name) {
    case 'api':
      return {
        METALCAST_PUBLIC_URL: hostUrls(context).api,
        METALCAST_ADMIN_PASSWORD_FILE: secrets.adminPassword,
        METALCAST_SERVICE_PASSWORD_FILE: secrets.servicePassword,
        METALCAST_IMAGE_DIRECTORY: state,
        METALCAST_POWER_DRIVERS: 'ipmi,fake',
      };
    case 'boot':
      return {
        ...ownState,
        ...images,
        ...network,
        METALCAST_PROVISIONING_INTERFACE: bridge,
        METALCAST_DEPLOY_KERNEL: imageNames.kernel,
        METALCAST_DEPLOY_RAMDISK: imageNames.ramdisk,
      };
    case 'deploy-helper':
      return { ...ownState, ...images, ...network };
    case 'scheduler':
    case 'compute':
    case 'power':
      return {};
  }
}
