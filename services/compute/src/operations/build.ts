import { faultRecord, filterProperties, triedNode, type TriedNode } from '@metalcast/contracts';
import { insertOperation, Prisma, type Operation } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Plan, Verdict } from '../engine/plan.js';
import type { Turn } from '../engine/step.js';
import { activate } from '../steps/activate.js';
import { allocateNetwork } from '../steps/allocate-network.js';
import { awaitFirstBoot } from '../steps/await-first-boot.js';
import { awaitRamdisk } from '../steps/await-ramdisk.js';
import { confirmPower, restartNode, setDiskBoot } from '../steps/boot-from-disk.js';
import { personalise } from '../steps/personalise.js';
import { powerCycleToNetwork, powerOff } from '../steps/power.js';
import { clearBoot, prepareBoot } from '../steps/prepare-boot.js';
import { instanceOf, move, nodeOf, tellInstance, updateInstance } from '../steps/rows.js';
import { schedule } from '../steps/schedule.js';
import { lastUse, releaseNetwork, releaseNode, revokeBuild } from '../steps/teardown.js';
import { writeImage } from '../steps/write-image.js';
import { flat } from '../vif/flat.js';
import { countFailure } from './count-failure.js';
import { spent } from './elsewhere.js';
import { exhausted } from './exhausted.js';

/** From a request to a running server. What fails on one node is undone and goes on on another. */
export const build: Plan = {
  version: 1,
  steps: [
    schedule,
    allocateNetwork,
    personalise,
    prepareBoot,
    powerCycleToNetwork,
    awaitRamdisk,
    writeImage,
    setDiskBoot,
    restartNode,
    confirmPower,
    awaitFirstBoot,
    activate,
  ],
  undo: [revokeBuild, powerOff, clearBoot, releaseNetwork, releaseNode],

  async failed(turn, fault): Promise<Verdict> {
    if (turn.node === undefined) {
      return giveUp(turn, fault);
    }
    await remember(turn, fault);
    await countFailure(turn, fault);
    await storeFault(turn, spent(fault));
    return { next: 'undo' };
  },

  triesAgain: (turn) => !isForced(turn),

  /** Nova: what was begun has ended, with the reason in place of a success. */
  async cancelled(turn) {
    if (instanceOf(turn).node !== null) {
      const message = 'The server was deleted while it was built.';
      await notifyInstance(turn, instanceOf(turn), 'create.end', { message });
    }
  },

  async undoFailed(turn, fault) {
    await leaveNodeBehind(turn, fault);
    if (fault.retryable === 'same-node') {
      // Those who serve the nodes fail even at putting this one back: they would leave the next one behind as well.
      await storeFault(turn, { ...faultOf(turn.operation), retryable: 'no' });
    }
  },

  async undone(turn): Promise<Verdict> {
    const { operation, config } = turn;
    const fault = faultOf(operation);
    const isLast = isForced(turn) || operation.attempt >= config.maxAttempts;
    if (fault.retryable !== 'other-node' || isLast) {
      return giveUp(turn, fault);
    }
    tellInstance(turn, 'instanceRescheduled', {
      node: instanceOf(turn).node,
      fault: toEvent(fault),
    });
    await notifyInstance(turn, instanceOf(turn), 'create.error', { fault });
    await updateInstance(turn, {
      host: null,
      node: null,
      taskState: 'scheduling',
      // What gave a sign of life is not what the server will be.
      firstSignAt: null,
    });
    turn.operation = await turn.sql.operation.update({
      where: { id: operation.id },
      data: {
        attempt: operation.attempt + 1,
        nodeId: null,
        epoch: null,
        lastMilestone: null,
        fault: Prisma.DbNull,
      },
    });
    turn.node = undefined;
    return { next: 'restart' };
  },
};

const faultOf = ({ fault }: Operation): FaultRecord => faultRecord.parse(fault) as FaultRecord;

async function storeFault(turn: Turn, fault: FaultRecord): Promise<void> {
  turn.operation = await turn.sql.operation.update({
    where: { id: turn.operation.id },
    data: { fault: { ...fault } },
  });
}

/** An administrator named the node, or its host: what happens there is the answer. */
const isForced = (turn: Turn): boolean => {
  const { forcedHost, forcedNode } = instanceOf(turn);
  const { force_hosts: hosts, force_nodes: nodes } = filterProperties.parse(
    turn.operation.filterProperties,
  );
  const forced = [forcedHost, forcedNode, ...(hosts ?? []), ...(nodes ?? [])];
  return forced.some((place) => place !== null);
};

/** Keeps what this node did, so that no scheduler sends the build there again and the last fault can tell. */
async function remember(turn: Turn, fault: FaultRecord): Promise<void> {
  const { uuid: node, name } = nodeOf(turn);
  const { host } = instanceOf(turn);
  const tried = [...triedNodes(turn), { node, name, host, fault: toEvent(fault) }];
  turn.operation = await turn.sql.operation.update({
    where: { id: turn.operation.id },
    data: { nodesTried: tried },
  });
}

const triedNodes = (turn: Turn): TriedNode[] => triedNode.array().parse(turn.operation.nodesTried);

/**
 * The node can't be confirmed off: it lets go of the server but not of its address, can't be claimed,
 * and gets an operation of its own that tries again.
 */
async function leaveNodeBehind(turn: Turn, fault: FaultRecord): Promise<void> {
  const { id, uuid, epoch } = nodeOf(turn);
  await flat.reserve(turn);
  const use = await lastUse(turn);
  turn.operation = await turn.sql.operation.update({
    where: { id: turn.operation.id },
    data: { nodeId: null, epoch: null },
  });
  const target = { kind: 'clean', state: 'running', nodeId: id, epoch: epoch + 1 } as const;
  const clean = await insertOperation(turn.sql, target, turn.request);
  await move(turn, 'stuck', {
    epoch: epoch + 1,
    instanceUuid: null,
    instanceName: null,
    operationId: clean.id,
    ...use,
    fault: { ...fault, details: { ...fault.details, node: uuid } },
  });
  turn.node = undefined;
}

/** The server ends in error, with all that was seen on the way. */
async function giveUp(turn: Turn, last: FaultRecord): Promise<Verdict> {
  const { operation } = turn;
  const fault = exhausted(instanceOf(turn).uuid, last, triedNodes(turn), turn.config.maxAttempts);
  await storeFault(turn, fault);
  // With the host and node of the last try, if there was one.
  await notifyInstance(turn, instanceOf(turn), 'create.error', { fault });
  await updateInstance(turn, {
    vmState: 'error',
    taskState: null,
    host: null,
    node: null,
    fault: { ...fault, at: turn.now.toISOString() },
  });
  tellInstance(turn, 'instanceFailed', {
    operation: operation.id,
    kind: operation.kind,
    fault: toEvent(fault),
  });
  return { next: 'end', state: 'failed' };
}

const toEvent = (fault: FaultRecord): TriedNode['fault'] => faultRecord.parse(fault);
