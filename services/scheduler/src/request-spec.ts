import type { FlavorSnapshot, ImageSnapshot } from '@metalcast/contracts';

/** What is asked for: one instance, as the filters see it. */
export interface RequestSpec {
  readonly instanceUuid: string;
  readonly flavor: FlavorSnapshot;
  readonly image: ImageSnapshot;
  readonly availabilityZone: string | null;
  /** uuids of the nodes on which this build has failed before. */
  readonly triedNodes: readonly string[];
}
