import type { AgentHello, agentHelloAnswer } from '@metalcast/contracts';
import type { Database, Deployment, Outgoing } from '@metalcast/db';
import {
  enterDeployment,
  readHello,
  type DeploymentOfNode,
  type HelloChange,
  type HelloPatch,
  type HelloView,
} from '@metalcast/db/deploy-helper';
import {
  deploymentState,
  deploymentStates,
  Fault,
  type DeploymentState,
  type FaultRecord,
} from '@metalcast/domain';
import type { Deriver } from '@metalcast/keys';
import { imageSnapshot, storedDiskHint, storedDiskHints } from '@metalcast/contracts';
import type { z } from 'zod';
import { failedEvent, helloEvent } from '../deployment/events.js';
import { percentDone } from '../deployment/fail.js';
import { hashOf, sessionKey } from '../deployment/keys.js';
import { isUnverified } from '../deployment/progress.js';
import type { DeploymentRows } from '../deployment/rows.js';
import { gib } from '../preparation/size-check.js';
import { chooseDisk } from '../node-disks/choose-disk.js';
import { planDisks, type DiskPlan } from '../node-disks/disk-safety.js';
import { diskNameThisBoot } from '../node-disks/disk-name-this-boot.js';
import { probesOf } from '../node-disks/probes.js';
import { refusalOf, servedTo, type Refusal } from './authentic.js';
import { rejected } from './rejected.js';

type HelloAnswer = z.output<typeof agentHelloAnswer>;

interface HelloOptions {
  readonly database: Database;
  readonly agent: Deriver;
  readonly rows: DeploymentRows;
  readonly host: string;
  /** Called when a deployment was queued. */
  readonly onQueued: (node: string) => void;
  readonly timing: { readonly queueMs: number };
  readonly maxAttempts: number;
}

/** More lost races than this are not caused by concurrent changes. */
const triesAtMost = 5;

/** Handles the first request of a ramdisk: its token proves that it was booted by the boot that was served. */
export class Hello {
  constructor(private readonly options: HelloOptions) {}

  /**
   * Marks the token as used. The same hello again gets the same answer.
   * Faults: AGENT_REJECTED; DEPLOY_LOOP, and those of chooseDisk and planDisks: with these the deployment has failed.
   */
  async greet(hello: AgentHello, peer: string): Promise<HelloAnswer> {
    const row = await this.enter(hello, peer);
    if (row.state === deploymentState.queued) {
      this.options.onQueued(hello.node);
    }
    if (row.state === deploymentState.failed) {
      throw storedFault(row);
    }
    return {
      session: sessionKey(this.options.agent, { ...row, node: hello.node }),
      method: 'iscsi',
      disk: row.disk ?? '',
      empties: row.empties,
    };
  }

  private async enter(hello: AgentHello, peer: string): Promise<Deployment> {
    for (let tries = 1; tries <= triesAtMost; tries += 1) {
      const view = servedTo(await readHello(this.options.database, hello), hello);
      const refusal = refusalOf(view, hello, peer);
      if (refusal !== undefined) {
        throw await this.refuse(view, hello, refusal);
      }
      if (view.before?.bootTry === hello.boot_try) {
        return repeated(view.before, hello);
      }
      const entered = await this.change(view, hello);
      if (entered !== undefined) {
        // This also wakes the worker that held the row for the previous boot.
        this.options.rows.learn(entered);
        return entered.deployment;
      }
    }
    throw new Error(`node ${hello.node} changes too fast`);
  }

  private change(view: HelloView, hello: AgentHello): Promise<DeploymentOfNode | undefined> {
    const { node, before } = view;
    if (before?.state === deploymentState.failed) {
      throw rejected(node.uuid, 'the deployment of this epoch has failed');
    }
    const plan = planOf(view, hello);
    const entry =
      before === undefined ? made(view, hello, plan) : this.rejoined(before, hello, plan);
    const fault = this.hopeless(before, hello, plan);
    const record = fault?.toRecord(stateAfter(entry, before));
    const change: HelloChange =
      record === undefined
        ? entry
        : {
            event: 'fail',
            set: {
              ...entry.set,
              fault: record as unknown as Deployment['fault'],
              helper: null,
            },
            deadlineMs: null,
          };
    const tell = (out: Outgoing): void => {
      const row = { ...(before ?? blank(hello)), ...change.set };
      out.emit(helloEvent(node.uuid, row, this.options.host));
      if (record !== undefined) {
        out.emit(failedEvent(node.uuid, row, record));
      }
    };
    return enterDeployment(this.options.database, view, change, tell);
  }

  /**
   * Returns the fault. The wait for the node's ramdisk ends with it, if none has reported yet and it is certainly the
   * node that boots something else than was served; a stranger ends nothing.
   */
  private async refuse(view: HelloView, hello: AgentHello, refusal: Refusal): Promise<Fault> {
    const { node, before } = view;
    const fault = rejected(node.uuid, refusal.reason, [refusal.evidence]);
    if (refusal.isOfNode && before === undefined) {
      const record = fault.toRecord(deploymentState.hello);
      const set = { ...unproven(hello, fault), fault: record as unknown as Deployment['fault'] };
      await enterDeployment(this.options.database, view, { event: 'fail', set }, (out) => {
        out.emit(failedEvent(node.uuid, blank(hello), record));
      });
    }
    return fault;
  }

  /** A fault that no further attempt can mend. Without it the row would wait for an attempt until its deadline. */
  private hopeless(
    before: Deployment | undefined,
    { node, boot_try: tries }: AgentHello,
    plan: DiskPlan | Fault,
  ): Fault | undefined {
    if (plan instanceof Fault && (isToBeChosen(before) || plan.code === 'DISK_MISSING')) {
      return plan;
    }
    if (before === undefined || !isUnverified(before)) {
      return undefined;
    }
    return before.attempt + 1 < this.options.maxAttempts
      ? undefined
      : new Fault('DEPLOY_LOOP', { node, tries, lastSeen: milestone(before) });
  }

  /**
   * The ramdisk booted again. An unverified disk is written again, by another claim; else only the boot is noted.
   */
  private rejoined(before: Deployment, hello: AgentHello, plan: DiskPlan | Fault): HelloChange {
    const set = {
      ...identity(hello),
      ...(isToBeChosen(before) ? chosen(plan, hello) : { disk: diskNameThisBoot(before, hello) }),
    };
    return isUnverified(before)
      ? {
          event: 'again',
          set: { ...set, attempt: before.attempt + 1, helper: null },
          deadlineMs: this.options.timing.queueMs,
        }
      : { event: againFrom(before), set };
  }
}

/** Fields that a new deployment does not have yet. */
const blank = ({ epoch }: AgentHello) => ({ epoch, requestId: null, attempt: 0 });

/** How far the deployment came in the previous boot. */
function milestone(before: Deployment): string {
  switch (before.state) {
    case deploymentState.writing:
      return `its disk was being written (${percentDone(before)} %)`;
    case deploymentState.verifying:
      return 'the image was written and it was asked to read it back';
    default:
      return 'the deploy ramdisk said hello';
  }
}

/** A token belongs to the first nonce that used it. */
function repeated(before: Deployment, hello: AgentHello): Deployment {
  if (before.nonceHash !== hashOf(hello.nonce)) {
    throw rejected(hello.node, 'its token is spent');
  }
  return before;
}

/** In later states the disk is written, so the choice stays. */
const isToBeChosen = (before: Deployment | undefined): boolean =>
  before === undefined || before.state === deploymentState.hello || isUnverified(before);

/** The state of a deployment that is created or changed by this event. */
const stateAfter = ({ event }: HelloChange, before: Deployment | undefined): string => {
  const state = before?.state ?? deploymentState.hello;
  return event === undefined
    ? state
    : (deploymentStates.next(state as DeploymentState, event) ?? state);
};

/** A ramdisk that was ordered to leave: another boot of it changes nothing. */
const againFrom = ({ state }: Deployment): 'again' | undefined =>
  deploymentStates.next(state as DeploymentState, 'again') === undefined ? undefined : 'again';

function planOf({ node, instance }: HelloView, hello: AgentHello): DiskPlan | Fault {
  const choice = chooseDisk(hello.disks, {
    node: node.uuid,
    rootDevice: storedDiskHint.nullable().parse(node.rootDevice),
    keepDisks: storedDiskHints.parse(node.keepDisks),
    neededBytes: neededBytes(instance),
  });
  return choice instanceof Fault ? choice : planDisks(node.uuid, hello, choice);
}

const made = (view: HelloView, hello: AgentHello, plan: DiskPlan | Fault): HelloChange => ({
  set: {
    ...identity(hello),
    ...chosen(plan, hello),
    probes: probesOf(view.lastExtents),
  },
});

function chosen(plan: DiskPlan | Fault, { disks, protocol }: AgentHello) {
  const { disk, empties, biosDrive } =
    plan instanceof Fault ? { disk: undefined, empties: [], biosDrive: undefined } : plan;
  return {
    disk: disk?.name ?? null,
    diskBytes: BigInt(disk?.size ?? 0),
    disks: disks.length,
    empties: protocol < 2 ? '' : empties.map(({ name }) => name).join(' '),
    biosDrive: biosDrive ?? null,
  };
}

/** Of a ramdisk that is refused nothing is kept but its boot. */
const unproven = (hello: AgentHello, fault: Fault) => ({
  bootTry: hello.boot_try,
  nonceHash: hashOf(hello.nonce),
  inventory: {},
  ...chosen(fault, { ...hello, disks: [] }),
  probes: '',
});

function identity(hello: AgentHello) {
  const { macs, disks, config_labels, bios_drives, cpus, cpu_arch, memory_mb, firmware } = hello;
  // JSON drops the fields that the ramdisk did not report.
  const inventory = JSON.parse(
    JSON.stringify({
      macs,
      disks,
      config_labels,
      bios_drives,
      cpus,
      cpu_arch,
      memory_mb,
      firmware,
    }),
  ) as HelloPatch['inventory'];
  return {
    bootTry: hello.boot_try,
    nonceHash: hashOf(hello.nonce),
    inventory,
  };
}

/** The size that the server's flavor and image need. */
function neededBytes(instance: HelloView['instance']): number {
  const image = imageSnapshot.safeParse(instance?.image);
  return Math.max((instance?.rootGb ?? 0) * gib, image.success ? image.data.virtual_size : 0);
}

function storedFault(row: Deployment): Fault {
  const { code, details } = row.fault as unknown as FaultRecord;
  return new Fault(code, details);
}
