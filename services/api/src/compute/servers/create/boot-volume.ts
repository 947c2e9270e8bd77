import { Fault } from '@metalcast/domain';
import { z } from 'zod';

/** The openstack client's form of "boot from this image": the one mapping that is not about volumes. */
const fromImage = z.looseObject({
  uuid: z.string(),
  source_type: z.literal('image'),
  destination_type: z.literal('local'),
});

/** Fault BAD_REQUEST when the request asks for volumes: bare-metal servers have none. */
export function refuseVolumes(mappings: readonly unknown[] | null | undefined): void {
  if ((mappings ?? []).some((mapping) => !fromImage.safeParse(mapping).success)) {
    throw new Fault('BAD_REQUEST', {
      reason: 'Block device mappings are not supported: servers boot from an image only.',
    });
  }
}
