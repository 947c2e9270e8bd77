import type { OperationKind } from '@metalcast/domain';
import type { Plan } from '../engine/plan.js';
import { build } from './build.js';
import { reclaim } from './reclaim.js';
import { deleteServer } from './delete.js';
import { reboot } from './reboot.js';

/** Every operation kind. */
export const plans: Readonly<Record<OperationKind, Plan>> = {
  build,
  delete: deleteServer,
  reboot,
  reclaim,
};
