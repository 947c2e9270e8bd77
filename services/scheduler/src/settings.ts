/** An operator's options of placement; config.ts explains them. */
export interface Settings {
  readonly ramAllocationRatio: number;
  readonly cpuAllocationRatio: number;
  readonly diskAllocationRatio: number;
  readonly maxIoOpsPerHost: number;
  readonly maxInstancesPerHost: number;
  readonly isolatedImages: readonly string[];
  readonly isolatedHosts: readonly string[];
  readonly restrictIsolatedHostsToIsolatedImages: boolean;
  readonly maxFailures: number;
  readonly failureWindowMs: number;
}
