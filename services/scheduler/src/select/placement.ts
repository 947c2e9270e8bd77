import type { FleetKeeper } from '../fleet/fleet-keeper.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Selector } from './selector.js';

/** The nodes in memory, what keeps them fresh, and what chooses among them. */
export interface Placement {
  readonly fleet: Fleet;
  readonly keeper: FleetKeeper;
  readonly selector: Selector;
}
