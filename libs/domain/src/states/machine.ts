/** The service that may take an edge of a state table; each edge has only one. */
export type Actor = 'api' | 'scheduler' | 'compute' | 'power' | 'deploy-helper';

interface Edge<State> {
  readonly to: State;
  /** Printed in the generated docs; nothing else reads it. */
  readonly by: Actor;
  /** The reason for the edge; printed in the generated docs. */
  readonly why: string;
}

interface Row<State> {
  /** A stable state may last, and needs no deadline. */
  readonly stable?: true;
  readonly on: Readonly<Record<string, Edge<State>>>;
}

type EdgeNames<T, S extends keyof T> = T[S] extends { on: infer On } ? keyof On & string : never;

export interface Machine<State extends string, Event extends string> {
  readonly states: readonly State[];
  /** States that may last. */
  readonly stable: readonly State[];
  /** States that must be left, by a deadline. */
  readonly unstable: readonly State[];
  /** Each state by its own name: code uses these instead of literals. */
  readonly names: { readonly [S in State]: S };
  readonly table: Readonly<Record<State, Row<State>>>;
  isStable(state: State): boolean;
  /** Where `event` leads from `state`, or undefined where the table has no such edge. */
  next(state: State, event: Event): State | undefined;
  /** Every state from which `event` may be taken. */
  sources(event: Event): State[];
}

/** Turns a table state → event → edge into a machine; misspelt states and events are compile errors. */
export function defineMachine<const T extends { readonly [S in keyof T]: Row<keyof T & string> }>(
  table: T,
): Machine<keyof T & string, { [S in keyof T]: EdgeNames<T, S> }[keyof T]> {
  type State = keyof T & string;
  const rows = table as unknown as Record<State, Row<State>>;
  const states = Object.keys(table) as State[];
  const isStable = (state: State): boolean => rows[state].stable === true;
  return {
    states,
    stable: states.filter(isStable),
    unstable: states.filter((state) => !isStable(state)),
    names: Object.fromEntries(states.map((state) => [state, state])) as { [S in State]: S },
    table: rows,
    isStable,
    next: (state, event) => rows[state].on[event]?.to,
    sources: (event) => states.filter((state) => rows[state].on[event] !== undefined),
  };
}
