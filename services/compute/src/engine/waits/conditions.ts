import {
  faultRecord,
  firstSign,
  firstSignProperty,
  imageSnapshot,
  nodeEvents,
  type CloudEvent,
  type FirstSign,
} from '@metalcast/contracts';
import {
  deploymentState,
  Fault,
  isOperationsKey,
  powerCommandState,
  waitingDeploymentStates,
  verifiedDeploymentStates,
  type FaultRecord,
  type ServiceName,
} from '@metalcast/domain';
import { isLooping, milestoneWait, neededNext, stalled } from './boot-progress.js';
import type { Need } from './presence.js';
import { done, failed, waiting, type Outcome } from '../outcome.js';
import type { Turn } from '../turn.js';

/** Something that an operation can wait for: the row that shows it, and the service that brings it about. */
interface Condition {
  /**
   * Types of events that may announce a change. They contain nothing that the row lacks; other events wake no
   * operation.
   */
  readonly events: readonly string[];
  /** Whether such an event, by its data, may announce a change; without it every one may. */
  readonly isRelevant?: (data: unknown) => boolean;
  /**
   * The service that does the work, and its name in faults. While one of this kind is alive, work that it has not begun
   * waits for its turn, up to `queueTimeoutMs`, and is not late.
   */
  readonly servedBy?: { readonly service: ServiceName; readonly work: string };
  /**
   * What the wait needs of a service beside the beginning of its work: if that service was away meanwhile, nobody else
   * is at fault. Undefined: nothing now.
   */
  needs?(turn: Turn): Need | undefined;
  /** Whether the condition holds, by the rows that the turn has read. */
  judge(turn: Turn): Outcome;
}

const isAmong = (states: readonly string[], state: string): boolean => states.includes(state);

export const isUntaken = ({ deployment }: Turn): boolean =>
  deployment === undefined || isAmong(waitingDeploymentStates, deployment.state);

const of = (turn: Turn, service: ServiceName, part: string): Need => ({
  service,
  work: `${part} of node ${turn.requireNode().uuid}`,
});

/** The sign of life that the server's image promises, if any. */
export function promisedSign(turn: Turn): FirstSign | undefined {
  const { properties } = imageSnapshot.parse(turn.requireInstance().image);
  return firstSign.safeParse(properties[firstSignProperty]).data;
}

/** Everything that a step can wait for, by the name that `operations.awaiting` shows. */
export const conditions = {
  /** A scheduler has claimed a node, or reported why it cannot. */
  claim: {
    events: [],
    servedBy: { service: 'scheduler', work: 'the placement' },
    judge({ operation: { nodeId, awaiting, fault } }) {
      if (nodeId !== null) {
        return done;
      }
      return awaiting === 'claim' || fault === null
        ? waiting
        : failed(faultRecord.parse(fault) as FaultRecord);
    },
  },
  /** DHCP and boot configuration agree with the node's present row. */
  boot: {
    events: [nodeEvents.bootPrepared.type, nodeEvents.bootFailed.type],
    servedBy: { service: 'boot', work: 'the boot configuration' },
    judge(turn) {
      const { boot, startedAt } = turn;
      if (boot?.preparedMode === turn.requireNode().bootMode) {
        return done;
      }
      const { prepareFault: fault, prepareFaultAt: at } = boot ?? {};
      return fault !== undefined &&
        fault !== null &&
        at !== undefined &&
        at !== null &&
        at >= startedAt
        ? failed(faultRecord.parse(fault) as FaultRecord)
        : waiting;
    },
  },
  /** The power command has ended. */
  power: {
    events: [nodeEvents.powerChanged.type, nodeEvents.powerFailed.type],
    // No operation waits for other commands: those of people, and readings of the sync.
    isRelevant: (data) => isOperationsKey((data as { readonly key?: unknown } | null)?.key),
    servedBy: { service: 'power', work: 'the power' },
    judge({ power, operation }) {
      switch (power?.state) {
        case powerCommandState.succeeded:
          return done;
        case powerCommandState.failed:
          return failed(powerFault(power.fault, operation));
        case powerCommandState.running:
          // The power service ends the command by then.
          return { kind: 'waiting', isStarted: true, since: power.deadlineAt };
        case powerCommandState.queued:
          return { kind: 'waiting', isReceived: true };
        default:
          return waiting;
      }
    },
  },
  /** The deploy ramdisk has reported. Milestones on the way move the time limit; a doubt about the boot shortens it. */
  ramdisk: {
    events: [
      nodeEvents.agentHello.type,
      nodeEvents.bootLoop.type,
      nodeEvents.bootUnsupportedFirmware.type,
      nodeEvents.bootForeignDhcp.type,
      nodeEvents.deployFailed.type,
    ],
    needs: neededNext,
    judge(turn) {
      const { deployment, boot } = turn;
      if (deployment !== undefined) {
        return deployment.state === deploymentState.failed ? deploymentFailed(turn) : done;
      }
      return isLooping(boot) ? failed(stalled(turn)) : { kind: 'waiting', ...milestoneWait(turn) };
    },
  },
  /** A helper has written and verified the disk; its progress moves the time limit. */
  'deploy-helper': {
    events: [nodeEvents.deployVerified.type, nodeEvents.deployFailed.type],
    servedBy: { service: 'deploy-helper', work: 'the deployment' },
    needs: (turn) => (isUntaken(turn) ? undefined : of(turn, 'deploy-helper', 'the deployment')),
    judge(turn) {
      const { deployment } = turn;
      if (deployment?.state === deploymentState.failed) {
        return deploymentFailed(turn);
      }
      if (deployment !== undefined && isAmong(verifiedDeploymentStates, deployment.state)) {
        return done;
      }
      const isReceived = deployment?.state === deploymentState.queued;
      return { kind: 'waiting', isStarted: !isUntaken(turn), isReceived, since: progressOf(turn) };
    },
  },
  /** The ramdisk has reported that it restarts the node. */
  'ramdisk to leave': {
    events: [nodeEvents.agentLeaving.type],
    judge: ({ deployment }) => (deployment?.state === deploymentState.left ? done : waiting),
  },
  /** The installed system has given the sign of life that its image promises. */
  'first sign of life': {
    events: [nodeEvents.bootLocalDhcp.type, nodeEvents.bootLocalPhoneHome.type],
    needs: (turn) => of(turn, 'boot', 'the first sign of life'),
    judge(turn) {
      const at = { dhcp: turn.boot?.localDhcpAt, phone_home: turn.boot?.phoneHomeAt };
      const sign = promisedSign(turn);
      return sign === undefined || (at[sign] ?? null) !== null ? done : waiting;
    },
  },
} as const satisfies Readonly<Record<string, Condition>>;

export type ConditionName = keyof typeof conditions;

export const conditionOf = (name: ConditionName): Condition => conditions[name];

/** The types of all events that an operation can wait for: the bindings of compute's queue. */
export const wakingEvents: readonly string[] = [
  ...new Set(Object.values<Condition>(conditions).flatMap(({ events }) => events)),
];

/** Whether an operation may wait for this event. */
export const isAwaited = ({ type, data }: Pick<CloudEvent, 'type' | 'data'>): boolean =>
  Object.values<Condition>(conditions).some(
    ({ events, isRelevant }) => events.includes(type) && (isRelevant?.(data) ?? true),
  );

/**
 * When a helper last made progress, by its reports or by the deadline that its progress moves. Being queued again is no
 * progress: otherwise a ramdisk that dies after each hello would be waited for without end.
 */
function progressOf(turn: Turn): Date | undefined {
  const { deployment } = turn;
  const held = isUntaken(turn) ? null : deployment?.deadlineAt;
  const times = [deployment?.progressAt, held].filter((time) => time instanceof Date);
  return times.sort((one, other) => other.getTime() - one.getTime())[0];
}

const deploymentFailed = ({ deployment, operation }: Turn): Outcome =>
  failed({ ...(faultRecord.parse(deployment?.fault) as FaultRecord), phase: operation.step });

function powerFault(stored: unknown, { id, step }: Turn['operation']): FaultRecord {
  const fault = faultRecord.safeParse(stored);
  return {
    ...(fault.success
      ? (fault.data as FaultRecord)
      : new Fault('INTERNAL', { reference: id, service: 'power' }).toRecord()),
    phase: step,
  };
}
