import { boot } from './boot.js';
import { compute } from './compute.js';
import { deployHelper } from './deploy-helper.js';
import { power } from './power.js';
import { scheduler } from './scheduler.js';

/** Every topic that Metalcast serves. */
export const topics = { scheduler, compute, power, boot, deployHelper };

export * from './agent.js';
export * from './bmc-endpoint.js';
export * from './contract.js';
export * from './disk-hint.js';
export * from './events/index.js';
export * from './first-sign.js';
export * from './phone-home.js';
export * from './scheduler-hints.js';
export * from './snapshots.js';
export * from './power-options.js';
export { bootDevice, powerTarget, type BootDevice, type PowerTarget } from './power.js';
export { boot, compute, deployHelper, power, scheduler };
export { filterProperties } from './scheduler.js';
export type {
  Explanation,
  FilterProperties,
  ForeignRequestSpec,
  Judgement,
  Question,
  Refusal,
} from './scheduler.js';
