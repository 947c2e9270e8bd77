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
  powerCommandState,
  untakenDeploymentStates,
  writtenDeploymentStates,
  type FaultRecord,
} from '@metalcast/domain';
import { furthestMilestone, stalled } from './boot-progress.js';
import { done, failed, waiting, type Outcome } from './outcome.js';
import { isOperationsKey } from './power-key.js';
import type { Turn } from './turn.js';

/** Something that an operation can wait for: the row that shows it, and who brings it about. */
interface Condition {
  /** Types of events that may be news of it. They say nothing that the row lacks; any other event wakes nobody. */
  readonly events: readonly string[];
  /** Whether such an event, by its data, may be news of it; each one may when absent. */
  readonly isNews?: (data: unknown) => boolean;
  /**
   * Binary of the service that does the work. While one lives, work that is not in hand waits for its turn, up to
   * `queueTimeoutMs`, and is not late.
   */
  readonly servedBy?: string;
  /** Whether it has come, by the rows that the turn has read. */
  judge(turn: Turn): Outcome;
}

const isAmong = (states: readonly string[], state: string): boolean => states.includes(state);

export const isUntaken = ({ deployment }: Turn): boolean =>
  deployment === undefined || isAmong(untakenDeploymentStates, deployment.state);

/** Whether the server's image promises a sign of life, and which. */
export function promisedSign(turn: Turn): FirstSign | undefined {
  const { properties } = imageSnapshot.parse(turn.requireInstance().image);
  return firstSign.safeParse(properties[firstSignProperty]).data;
}

/** All that a step may wait for, under the name that `operations.awaiting` shows. */
export const conditions = {
  /** A scheduler has claimed a node, or said why it can't. */
  claim: {
    events: [],
    servedBy: 'nova-scheduler',
    judge({ operation: { nodeId, awaiting, fault } }) {
      if (nodeId !== null) {
        return done;
      }
      return awaiting === 'claim' || fault === null
        ? waiting
        : failed(faultRecord.parse(fault) as FaultRecord);
    },
  },
  /** DHCP and boot configuration agree with what the node's row says now. */
  boot: {
    events: [nodeEvents.bootPrepared.type, nodeEvents.bootFailed.type],
    servedBy: 'metalcast-boot',
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
    // Of all others nobody waits for the end: commands of people, and what the sync has read.
    isNews: (data) => isOperationsKey((data as { readonly key?: unknown } | null)?.key),
    servedBy: 'metalcast-power',
    judge({ power, operation }) {
      switch (power?.state) {
        case powerCommandState.succeeded:
          return done;
        case powerCommandState.failed:
          return failed(powerFault(power.fault, operation));
        case powerCommandState.running:
          // The power service ends it by then.
          return { kind: 'waiting', inHand: true, since: power.deadlineAt };
        case powerCommandState.queued:
          return { kind: 'waiting', received: true };
        default:
          return waiting;
      }
    },
  },
  /** The deploy ramdisk has reported; every milestone on the way moves the time limit. */
  ramdisk: {
    events: [nodeEvents.agentHello.type, nodeEvents.bootLoop.type, nodeEvents.deployFailed.type],
    judge(turn) {
      const { deployment, boot, config } = turn;
      if (deployment !== undefined) {
        return deployment.state === deploymentState.failed ? deploymentFailed(turn) : done;
      }
      if (boot?.loopAt !== undefined && boot.loopAt !== null) {
        return failed(stalled(turn, 'BOOT_LOOP'));
      }
      const last = furthestMilestone(boot);
      return {
        kind: 'waiting',
        limitMs: last === undefined ? config.firmwareTimeoutMs : config.milestoneTimeoutMs,
        since: last?.at,
      };
    },
  },
  /** A helper has written and verified the disk; one that gets on moves the time limit. */
  'deploy-helper': {
    events: [nodeEvents.deployVerified.type, nodeEvents.deployFailed.type],
    servedBy: 'metalcast-deploy-helper',
    judge(turn) {
      const { deployment } = turn;
      if (deployment?.state === deploymentState.failed) {
        return deploymentFailed(turn);
      }
      if (deployment !== undefined && isAmong(writtenDeploymentStates, deployment.state)) {
        return done;
      }
      const received = deployment?.state === deploymentState.queued;
      return { kind: 'waiting', inHand: !isUntaken(turn), received, since: progressOf(turn) };
    },
  },
  /** The ramdisk has said that it restarts the node. */
  'ramdisk to leave': {
    events: [nodeEvents.agentLeaving.type],
    judge: ({ deployment }) => (deployment?.state === deploymentState.left ? done : waiting),
  },
  /** The installed system has given the sign of life that its image promises. */
  'first sign of life': {
    events: [nodeEvents.bootLocalDhcp.type, nodeEvents.bootLocalPhoneHome.type],
    judge(turn) {
      const at = { dhcp: turn.boot?.localDhcpAt, phone_home: turn.boot?.phoneHomeAt };
      const sign = promisedSign(turn);
      return sign === undefined || (at[sign] ?? null) !== null ? done : waiting;
    },
  },
} as const satisfies Readonly<Record<string, Condition>>;

export type ConditionName = keyof typeof conditions;

export const conditionOf = (name: ConditionName): Condition => conditions[name];

/** Types of the events that anything can be waiting for: what compute's queue is bound to. */
export const wakingEvents: readonly string[] = [
  ...new Set(Object.values<Condition>(conditions).flatMap(({ events }) => events)),
];

/** Whether anything may be waiting for what the event tells. */
export const isAwaited = ({ type, data }: Pick<CloudEvent, 'type' | 'data'>): boolean =>
  Object.values<Condition>(conditions).some(
    ({ events, isNews }) => events.includes(type) && (isNews?.(data) ?? true),
  );

/**
 * When a helper last got on with it: by what it told, or by the deadline that it moves as it gets on. That it is queued again is no
 * progress: a ramdisk that dies after each hello would be waited for without end.
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
