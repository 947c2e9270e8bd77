// SQL conditions and changes of `deployments.state`; all statements that read or write the column use these.
import {
  deploymentState,
  deploymentStates,
  type DeploymentEvent,
  type DeploymentState,
} from '@metalcast/domain';
import { Prisma } from '../sql/prisma.js';
import { statesWhere, word } from '../sql/state-words.js';

/** That of a deployment when its ramdisk has reported for the first time. */
const newDeployment = deploymentState.hello;

/**
 * Where the event leads from the state, or from nothing; the same state for no event. That there is no such edge is a
 * bug of the caller.
 */
export function deploymentStateAfter(
  event: DeploymentEvent | undefined,
  from: string = newDeployment,
): DeploymentState {
  const state =
    event === undefined
      ? (from as DeploymentState)
      : deploymentStates.next(from as DeploymentState, event);
  if (state === undefined) {
    throw new Error(`a deployment that is ${from} cannot ${String(event)}`);
  }
  return state;
}

/** The assignment of the state, for a row that is proven to be in the state `from`: nothing else writes it. */
export const deploymentMoved = (event: DeploymentEvent | undefined, from: string): Prisma.Sql =>
  Prisma.sql`state = ${deploymentStateAfter(event, from)}::text`;

export interface DeploymentsMove {
  /** Further columns. */
  readonly set: Prisma.Sql;
  /** Which rows, among those in a state that has the edge. */
  readonly where: Prisma.Sql;
}

/** Takes an edge for all rows in a state that has it, each of which it leads to the same. */
export function deploymentsMoved(
  event: DeploymentEvent,
  { set, where }: DeploymentsMove,
): Prisma.Sql {
  const [target, ...others] = new Set(
    deploymentStates.sources(event).map((state) => deploymentStates.next(state, event)),
  );
  if (target === undefined || others.length > 0) {
    throw new Error(`event ${event} of a deployment does not lead to one state`);
  }
  return Prisma.sql`
    UPDATE deployments SET state = ${word(target)}, ${set}
     WHERE ${statesWhere('state', deploymentStates.sources(event))} AND ${where}`;
}

/** Whether it waits for a helper. */
export const whereQueued = statesWhere('d.state', [deploymentState.queued]);

/** Whether a helper holds it, or has let its lease pass. */
export const whereHeld = statesWhere('d.state', deploymentStates.sources('release'));

/** Whether it has a deadline. */
export const whereUnfinished = statesWhere('d.state', deploymentStates.unstable);
