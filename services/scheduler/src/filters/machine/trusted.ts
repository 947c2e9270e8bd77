import { kindAttribute } from '../../fleet/attributes.js';
import { passAll, type KindFilter } from '../filter.js';

/**
 * Passes nodes of the trust level in extra spec trust:trusted_host (Nova's TrustedFilter). Nova queried an attestation
 * service; here the level is the capability trusted_host, set by an operator or such a service, else "unknown".
 */
export const trusted: KindFilter = {
  name: 'TrustedFilter',
  prepare({ flavor }) {
    const asked = flavor.extra_specs['trust:trusted_host'] ?? '';
    if (asked === '') {
      return passAll;
    }
    return {
      kind(kind) {
        const level = String(kindAttribute(kind, ['trusted_host']) ?? 'unknown');
        return level === asked
          ? undefined
          : {
              reason: `is not of trust level ${asked}`,
              detail: `level ${level}`,
              change: `have the node attested, then set its capability trusted_host to ${asked}`,
            };
      },
    };
  },
};
