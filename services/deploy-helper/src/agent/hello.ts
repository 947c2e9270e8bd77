import type { AgentHello, agentHelloAnswer } from '@metalcast/contracts';
import {
  bootOf,
  clockPlus,
  lockNodeByUuid,
  type Database,
  type Deployment,
  type Node,
  type Prisma,
  type Secrets,
  type Sql,
  type Tx,
} from '@metalcast/db';
import { bootTokenHash, equalSecret, Fault, type FaultRecord } from '@metalcast/domain';
import { imageSnapshot, storedDiskHint, storedDiskHints } from '@metalcast/contracts';
import type { z } from 'zod';
import { instanceOf } from '../deployment/brief.js';
import { helloEvent, progressEvent } from '../deployment/events.js';
import { failDeployment, percentDone } from '../deployment/fail.js';
import { hashOf, sessionKey } from '../deployment/keys.js';
import type { DeploymentNews } from '../deployment/news.js';
import { gib } from '../deployment/size-check.js';
import { chooseDisk } from './choose-disk.js';
import { planDisks, type DiskPlan } from './disk-safety.js';
import { nameNow } from './name-now.js';
import { probesOf } from './probes.js';
import { rejected } from './rejected.js';

type HelloAnswer = z.output<typeof agentHelloAnswer>;

interface HelloOptions {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly news: DeploymentNews;
  readonly host: string;
  readonly wake: () => void;
  readonly timing: { readonly queueMs: number };
  readonly maxAttempts: number;
}

/** States from which a reboot of the node means to begin again; in the later ones its disk is good. */
const unwritten: readonly string[] = ['queued', 'targeting', 'writing', 'verifying'];

/** The first word of a ramdisk: proves by its token that it is the boot that was served. */
export class Hello {
  constructor(private readonly options: HelloOptions) {}

  /**
   * Spends the token. The same hello again gets the same answer.
   * Faults: AGENT_REJECTED; BOOT_LOOP, and those of chooseDisk and planDisks, with which the deployment has failed.
   */
  async greet(hello: AgentHello, peer: string): Promise<HelloAnswer> {
    const row = await this.options.database.transaction(async (tx) => {
      const node = await this.authentic(tx.sql, hello, peer);
      const before = await tx.sql.deployment.findUnique({
        where: { nodeId_epoch: { nodeId: node.id, epoch: hello.epoch } },
      });
      return before?.bootTry === hello.boot_try
        ? repeated(before, hello)
        : this.enter(tx, { node, before, hello });
    });
    this.options.news.tell(hello.node);
    this.options.wake();
    if (row.state === 'failed') {
      throw storedFault(row);
    }
    const { bootTry, nonceHash } = row;
    const { node, epoch } = hello;
    return {
      session: sessionKey(this.options.secrets, { node, epoch, bootTry, nonceHash }),
      method: 'iscsi',
      disk: row.disk ?? '',
      empties: row.empties,
    };
  }

  private async authentic(sql: Sql, hello: AgentHello, peer: string): Promise<Node> {
    const { node: uuid, epoch, boot_try: bootTry, token } = hello;
    const node = await lockNodeByUuid(sql, uuid);
    if (node === undefined || node.deletedAt !== null) {
      throw rejected(uuid, 'no such node');
    }
    const boot = await bootOf(sql, node);
    if (node.epoch !== epoch || node.bootMode !== 'deploy' || boot?.bootTry !== bootTry) {
      throw rejected(uuid, 'another boot has been served since, or none is wanted');
    }
    const hash = bootTokenHash(token, { node: uuid, epoch, bootTry });
    if (boot.tokenHash === null || !equalSecret(hash, boot.tokenHash)) {
      throw rejected(uuid, 'its token is not the one that was served');
    }
    await refuseForeignAddress(sql, node, peer);
    return node;
  }

  private async enter(tx: Tx, entry: Entry): Promise<Deployment> {
    const { node, before } = entry;
    if (before?.state === 'failed') {
      throw rejected(node.uuid, 'the deployment of this epoch has failed');
    }
    const plan = await planOf(tx.sql, entry);
    const row = await (before === null
      ? insert(tx.sql, entry, plan)
      : this.rejoin(tx, { ...entry, before }, plan));
    tx.out.emit(helloEvent(node.uuid, row, this.options.host));
    const fault = this.hopeless(entry, plan);
    if (fault !== undefined) {
      await failDeployment(tx, { node: node.uuid, row, fault });
      return tx.sql.deployment.findUniqueOrThrow({ where: { id: row.id } });
    }
    return row;
  }

  /** What no further attempt would mend: without it the row would wait for one until its deadline. */
  private hopeless(
    { node: { uuid: node }, before, hello }: Entry,
    plan: DiskPlan | Fault,
  ): Fault | undefined {
    if (plan instanceof Fault && (isToBeChosen(before) || plan.code === 'DISK_MISSING')) {
      return plan;
    }
    if (before === null || !unwritten.includes(before.state)) {
      return undefined;
    }
    return before.attempt + 1 < this.options.maxAttempts
      ? undefined
      : new Fault('BOOT_LOOP', { node, tries: hello.boot_try, lastSeen: milestone(before) });
  }

  /** The node has rebooted by itself: who writes to it is fenced off at once, and the work begins again. */
  private async rejoin(
    { sql, out }: Tx,
    { node, before, hello }: Entry & { readonly before: Deployment },
    plan: DiskPlan | Fault,
  ): Promise<Deployment> {
    const again = unwritten.includes(before.state);
    const row = await sql.deployment.update({
      where: { id: before.id },
      data: {
        ...identity(hello),
        ...(isToBeChosen(before) ? chosen(plan, hello) : { disk: nameNow(before, hello) }),
        ...(again
          ? {
              state: 'queued',
              attempt: before.attempt + 1,
              helper: null,
              leaseUntil: null,
              deadlineAt: await clockPlus(sql, this.options.timing.queueMs),
            }
          : {}),
      },
    });
    if (again) {
      out.emit(progressEvent(node.uuid, row, 'queued'));
    }
    return row;
  }
}

/** How far the boot before had come. */
function milestone(before: Deployment): string {
  switch (before.state) {
    case 'writing':
      return `its disk was written (${percentDone(before)} %)`;
    case 'verifying':
      return 'the image was written and it was asked to read it back';
    default:
      return 'the deploy ramdisk said hello';
  }
}

interface Entry {
  readonly node: Node;
  readonly before: Deployment | null;
  readonly hello: AgentHello;
}

/** A token is spent by its first nonce. */
function repeated(before: Deployment, hello: AgentHello): Deployment {
  if (before.nonceHash !== hashOf(hello.nonce)) {
    throw rejected(hello.node, 'its token is spent');
  }
  return before;
}

/** In the later states its disk is written, and stays the one. */
const isToBeChosen = (before: Deployment | null): boolean =>
  before === null || before.state === 'hello' || unwritten.includes(before.state);

async function planOf(sql: Sql, { node, hello }: Entry): Promise<DiskPlan | Fault> {
  const choice = chooseDisk(hello.disks, {
    node: node.uuid,
    rootDevice: storedDiskHint.nullable().parse(node.rootDevice),
    keepDisks: storedDiskHints.parse(node.keepDisks),
    neededBytes: await neededBytes(sql, node),
  });
  return choice instanceof Fault ? choice : planDisks(node.uuid, hello, choice);
}

const insert = async (
  sql: Sql,
  { node, hello }: Entry,
  plan: DiskPlan | Fault,
): Promise<Deployment> =>
  sql.deployment.create({
    data: {
      nodeId: node.id,
      epoch: hello.epoch,
      instanceUuid: node.instanceUuid,
      ...identity(hello),
      ...chosen(plan, hello),
      probes: await probesOf(sql, node),
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

function identity(hello: AgentHello) {
  const { macs, disks, config_labels, bios_drives, cpus, cpu_arch, memory_mb, firmware } = hello;
  // By JSON, which leaves out what the ramdisk did not tell.
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
  ) as Prisma.InputJsonObject;
  return {
    bootTry: hello.boot_try,
    nonceHash: hashOf(hello.nonce),
    agentSeenAt: new Date(),
    inventory,
  };
}

/** What the server's flavor and image ask of a disk. */
async function neededBytes(sql: Sql, node: Node): Promise<number> {
  const instance = await instanceOf(sql, node);
  const image = imageSnapshot.safeParse(instance?.image);
  return Math.max((instance?.rootGb ?? 0) * gib, image.success ? image.data.virtual_size : 0);
}

/** A ramdisk calls from the address that its node was given, where one was. */
async function refuseForeignAddress(sql: Sql, node: Node, peer: string): Promise<void> {
  if (node.instanceUuid === null) {
    return;
  }
  const ports = await sql.port.findMany({
    where: { deviceId: node.instanceUuid },
    select: { ipAddress: true },
  });
  const addresses = ports.flatMap(({ ipAddress }) => ipAddress ?? []);
  if (addresses.length > 0 && !addresses.includes(peer)) {
    throw rejected(node.uuid, `it calls from ${peer}, not from ${addresses.join(' or ')}`);
  }
}

function storedFault(row: Deployment): Fault {
  const { code, details } = row.fault as unknown as FaultRecord;
  return new Fault(code, details);
}
