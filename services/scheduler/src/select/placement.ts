import type { FleetKeeper } from '../fleet/fleet-keeper.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Selector } from './selector.js';

/** The nodes in memory, the keeper that refreshes them, and the selector. */
export interface Placement {
  readonly fleet: Fleet;
  readonly keeper: FleetKeeper;
  readonly selector: Selector;
}
