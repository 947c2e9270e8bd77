import type { Machine } from '@metalcast/domain';

/** The states that a shortest way by the table passes after `from`, `to` the last; undefined: there is no way. */
export function pathOf<State extends string, Event extends string>(
  { table }: Machine<State, Event>,
  from: State,
  to: State,
): readonly State[] | undefined {
  const ways = new Map<State, readonly State[]>([[from, []]]);
  // A map is walked in the order of insertion, what is added meanwhile included: the nearest come first.
  for (const [state, way] of ways) {
    for (const { to: next } of Object.values(table[state].on)) {
      if (!ways.has(next)) {
        ways.set(next, [...way, next]);
      }
    }
  }
  return ways.get(to);
}
