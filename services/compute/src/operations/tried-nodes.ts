import { faultRecord, filterProperties, triedNode, type TriedNode } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';

/** What the build's nodes before have done. */
export const triedNodes = (turn: Turn): TriedNode[] =>
  triedNode.array().parse(turn.operation.nodesTried);

/** Keeps what this node did, so that no scheduler sends the build there again and the last fault can tell. */
export function remember(turn: Turn, fault: FaultRecord): void {
  const { uuid: node, name } = turn.requireNode();
  const { host } = turn.requireInstance();
  const tried = { node, name, host, fault: faultRecord.parse(fault) };
  turn.save({ nodesTried: [...triedNodes(turn), tried] });
}

/** An administrator named the node, or its host: what happens there is the answer. */
export function isForced(turn: Turn): boolean {
  const { forcedHost, forcedNode } = turn.requireInstance();
  const { force_hosts: hosts, force_nodes: nodes } = filterProperties.parse(
    turn.operation.filterProperties,
  );
  const forced = [forcedHost, forcedNode, ...(hosts ?? []), ...(nodes ?? [])];
  return forced.some((place) => place !== null);
}
