import type { FlavorSnapshot, ImageSnapshot } from '@metalcast/contracts';

/** Disk that a server of this flavor needs, in GiB: all its partitions. */
export const diskGb = (flavor: FlavorSnapshot): number =>
  flavor.root_gb + flavor.ephemeral_gb + Math.ceil(flavor.swap / 1024);

/** What is asked for: one instance, as the filters see it. */
export interface RequestSpec {
  readonly instanceUuid: string;
  readonly flavor: FlavorSnapshot;
  readonly image: ImageSnapshot;
  readonly availabilityZone: string | null;
  /** uuids of the nodes on which this build has failed before. */
  readonly triedNodes: readonly string[];
}
