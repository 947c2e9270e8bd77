import type { ServiceName } from '@metalcast/domain';

/** Environment variables by service. */
export type Settings = Partial<Record<ServiceName, Readonly<Record<string, string>>>>;

/** A dead process is replaced within seconds, but a slow machine still has enough time for everything. */
export const shortWaits: Settings = {
  compute: { METALCAST_RECAST_MS: '2000', METALCAST_SWEEP_MS: '300' },
  power: {
    METALCAST_LEASE_MS: '5000',
    METALCAST_REQUEST_MS: '1500',
    METALCAST_SWEEP_MS: '300',
    METALCAST_OFF_AGAIN_MS: '50',
  },
  'deploy-helper': { METALCAST_SWEEP_MS: '300' },
};
