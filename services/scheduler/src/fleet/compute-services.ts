interface ComputeService {
  readonly host: string;
  readonly disabled: boolean;
  /** Up, or stopped cleanly within the down time. */
  readonly recent: boolean;
}

const takesWork = ({ recent, disabled }: ComputeService): boolean => recent && !disabled;

/** Why no compute service can run a node's operations. `host`: the compute host that the node is enrolled under. */
export type ComputeProblems = (host: string | null) => string | undefined;

/**
 * Any live compute service runs the operations of any node, so one dead host excludes no node. A service that stopped
 * cleanly a moment ago counts as live: usually it is restarting, and its queue keeps its messages, as in 2013. A
 * disabled compute host excludes the nodes enrolled under it, as in 2013.
 */
export function computeProblems(services: readonly ComputeService[]): ComputeProblems {
  const anyLive = services.some(takesWork);
  const noneLives = services.some(({ recent }) => recent)
    ? 'has no compute service but disabled ones'
    : 'has no live compute service';
  const disabled = new Set(services.filter((service) => service.disabled).map(({ host }) => host));
  return (host) => {
    if (host !== null && disabled.has(host)) {
      return `belongs to the disabled compute host ${host}`;
    }
    return anyLive ? undefined : noneLives;
  };
}

/**
 * The problems that would remain if one compute service were live. Undefined when one is live, or when all are
 * disabled.
 */
export function problemsOnceLive(services: readonly ComputeService[]): ComputeProblems | undefined {
  const isAwaited = services.length === 0 || services.some(({ disabled }) => !disabled);
  return isAwaited && !services.some(takesWork)
    ? computeProblems([...services, { host: '', recent: true, disabled: false }])
    : undefined;
}

/** Enabled, live compute hosts; recently stopped ones last. */
export const workingHosts = (
  services: readonly (ComputeService & { readonly up: boolean })[],
): readonly string[] =>
  services
    .filter(takesWork)
    .sort((one, other) => Number(other.up) - Number(one.up))
    .map(({ host }) => host);
