import { faultRecord, filterProperties, triedNode, type TriedNode } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';

/** The nodes that the build has tried, with their faults. */
export const triedNodes = (turn: Turn): TriedNode[] =>
  triedNode.array().parse(turn.operation.nodesTried);

/** Stores this node's fault, so that no scheduler chooses the node again and the last fault can name it. */
export function remember(turn: Turn, fault: FaultRecord): void {
  const { uuid: node, name } = turn.requireNode();
  const { host } = turn.requireInstance();
  const tried = { node, name, host, fault: faultRecord.parse(fault) };
  turn.save({ nodesTried: [...triedNodes(turn), tried] });
}

/** An administrator named the node, or its host: the result there is final. */
export function isForced(turn: Turn): boolean {
  const { forcedHost, forcedNode } = turn.requireInstance();
  const { force_hosts: hosts, force_nodes: nodes } = filterProperties.parse(
    turn.operation.filterProperties,
  );
  const forced = [forcedHost, forcedNode, ...(hosts ?? []), ...(nodes ?? [])];
  return forced.some((place) => place !== null);
}
