import { flavorSnapshot } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { DeployFiles } from '../files/links.js';

/** Configured image ids or names. */
export interface DeployDefaults {
  readonly kernel: string | undefined;
  readonly ramdisk: string | undefined;
}

const flavorSpecs = flavorSnapshot.pick({ extra_specs: true });

/**
 * Chosen as the 2013 driver did: by the flavor's extra specs, else by the configuration. Fault: BOOT_NO_DEPLOY_IMAGE.
 */
export function deployImageIds(
  node: string,
  flavor: unknown,
  defaults: DeployDefaults,
): DeployFiles {
  const specs = flavorSpecs.safeParse(flavor).data?.extra_specs ?? {};
  const kernel = nonEmpty(specs['baremetal:deploy_kernel_id']) ?? nonEmpty(defaults.kernel);
  const ramdisk = nonEmpty(specs['baremetal:deploy_ramdisk_id']) ?? nonEmpty(defaults.ramdisk);
  if (kernel === undefined) {
    throw new Fault('BOOT_NO_DEPLOY_IMAGE', { what: 'kernel', node });
  }
  if (ramdisk === undefined) {
    throw new Fault('BOOT_NO_DEPLOY_IMAGE', { what: 'ramdisk', node });
  }
  return { kernel, ramdisk };
}

const nonEmpty = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : text;
