import { boot } from './methods/boot.js';
import { compute } from './methods/compute.js';
import { deployHelper } from './methods/deploy-helper.js';
import { power } from './methods/power.js';
import { scheduler } from './methods/scheduler.js';

/** Every topic that Metalcast serves. */
export const topics = { scheduler, compute, power, boot, deployHelper };

export * from './agent.js';
export * from './bmc/bmc-endpoint.js';
export * from './methods/contract.js';
export * from './disk-hint.js';
export * from './events/index.js';
export * from './first-sign.js';
export * from './image-facts.js';
export * from './phone-home.js';
export * from './methods/scheduler-hints.js';
export * from './snapshots.js';
export * from './bmc/power-options.js';
export { bootDevice, powerTarget, type BootDevice, type PowerTarget } from './methods/power.js';
export { boot, compute, deployHelper, power, scheduler };
export { filterProperties } from './methods/scheduler.js';
export type {
  Explanation,
  FilterProperties,
  ForeignRequestSpec,
  Judgement,
  Question,
  Refusal,
} from './methods/scheduler.js';
