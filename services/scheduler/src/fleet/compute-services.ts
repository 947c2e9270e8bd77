interface ComputeService {
  readonly host: string;
  readonly disabled: boolean;
  /** Heard of within the down time, even if it has signed off since. */
  readonly recent: boolean;
}

/** Why no compute service can run a node's operations, by the host that the node was enrolled under. */
export type ComputeProblems = (host: string | null) => string | undefined;

/**
 * Any live compute service runs any node's operations, so one dead host takes nothing out. One that signed off a moment
 * ago counts as live: mostly it is restarted, and what it is told meanwhile waits in its queue, as in 2013. A host that
 * an operator has disabled takes out the nodes enrolled under it, as in 2013, too.
 */
export function computeProblems(services: readonly ComputeService[]): ComputeProblems {
  const anyLive = services.some(({ recent, disabled }) => recent && !disabled);
  const disabled = new Set(services.filter((service) => service.disabled).map(({ host }) => host));
  return (host) => {
    if (host !== null && disabled.has(host)) {
      return `belongs to the disabled compute host ${host}`;
    }
    return anyLive ? undefined : 'has no live compute service';
  };
}

/** Compute hosts that take work; those that have signed off come last. */
export const workingHosts = (
  services: readonly (ComputeService & { readonly up: boolean })[],
): readonly string[] =>
  services
    .filter(({ recent, disabled }) => recent && !disabled)
    .sort((one, other) => Number(other.up) - Number(one.up))
    .map(({ host }) => host);
