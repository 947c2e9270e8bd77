interface ComputeService {
  readonly host: string;
  readonly up: boolean;
  readonly disabled: boolean;
}

/** Why no compute service can run a node's operations, by the host that the node was enrolled under. */
export type ComputeProblems = (host: string | null) => string | undefined;

/**
 * Any live compute service runs any node's operations, so one dead host takes nothing out. A host that an
 * operator has disabled takes out the nodes enrolled under it, as in 2013.
 */
export function computeProblems(services: readonly ComputeService[]): ComputeProblems {
  const anyLive = services.some(({ up, disabled }) => up && !disabled);
  const disabled = new Set(services.filter((service) => service.disabled).map(({ host }) => host));
  return (host) => {
    if (host !== null && disabled.has(host)) {
      return `belongs to the disabled compute host ${host}`;
    }
    return anyLive ? undefined : 'has no live compute service';
  };
}
