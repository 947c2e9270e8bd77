interface ComputeService {
  readonly host: string;
  readonly disabled: boolean;
  /** Up, or signed off within the down time. */
  readonly recent: boolean;
}

const takesWork = ({ recent, disabled }: ComputeService): boolean => recent && !disabled;

/** Why no compute service can run a node's operations, by the host that the node was enrolled under. */
export type ComputeProblems = (host: string | null) => string | undefined;

/**
 * Any live compute service runs any node's operations, so one dead host takes nothing out. One that signed off a moment
 * ago counts as live: mostly it is restarted, and what it is told meanwhile waits in its queue, as in 2013. A host that
 * an operator has disabled takes out the nodes enrolled under it, as in 2013, too.
 */
export function computeProblems(services: readonly ComputeService[]): ComputeProblems {
  const anyLive = services.some(takesWork);
  const disabled = new Set(services.filter((service) => service.disabled).map(({ host }) => host));
  return (host) => {
    if (host !== null && disabled.has(host)) {
      return `belongs to the disabled compute host ${host}`;
    }
    return anyLive ? undefined : 'has no live compute service';
  };
}

/**
 * The problems that would be left if a compute service lived. Undefined when one does, or an operator has disabled all.
 */
export function problemsOnceLive(services: readonly ComputeService[]): ComputeProblems | undefined {
  const isAwaited = services.length === 0 || services.some(({ disabled }) => !disabled);
  return isAwaited && !services.some(takesWork)
    ? computeProblems([...services, { host: '', recent: true, disabled: false }])
    : undefined;
}

/** Compute hosts that take work; those that have signed off come last. */
export const workingHosts = (
  services: readonly (ComputeService & { readonly up: boolean })[],
): readonly string[] =>
  services
    .filter(takesWork)
    .sort((one, other) => Number(other.up) - Number(one.up))
    .map(({ host }) => host);
