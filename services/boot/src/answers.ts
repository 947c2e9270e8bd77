import { eventOf } from '@metalcast/contracts';
import {
  biosDriveOfNode,
  bootNodeByMac,
  countDeployBoot,
  deployBootsWithoutProgress,
  lockBootNode,
  recordedInThisTry,
  type BootNode,
  type BootNodeByMac,
  type Database,
  type ProvisioningSite,
  type Sql,
  type Tx,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import type { DeployImages } from './images/deploy-images.js';
import { instructionFor, type Instruction } from './instruction.js';
import type { DeployFiles } from './links.js';

export interface Question {
  readonly mac: string;
  /** Address that asks. */
  readonly peer: string;
  readonly loader: 'ipxe' | 'pxelinux';
}

export type Answer =
  | { readonly kind: 'deploy'; readonly files: DeployFiles }
  | { readonly kind: 'local'; readonly biosDrive: number }
  | { readonly kind: 'power-off'; readonly tries: number }
  /** Can't be told to who asks from there. */
  | { readonly kind: 'again' }
  /** Not ours to boot. */
  | { readonly kind: 'none' };

/** An answer, and what is written down when the node has it. */
export interface Decision {
  readonly answer: Answer;
  /**
   * Called once it is known that the node receives the answer; anybody can send a request in its name. False: the node's row has
   * changed meanwhile, and the answer must not be used.
   */
  readonly record: () => Promise<boolean>;
}

export interface AnswersOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
  readonly images: DeployImages;
  readonly deployTries: number;
}

/** Of a machine whose BIOS told nothing, and which has one disk. */
const firstBiosDrive = 0x80;

const unrecorded = (answer: Answer): Decision => ({
  answer,
  record: () => Promise.resolve(true),
});
const none = unrecorded({ kind: 'none' });

/** Tells a node what to boot, and records that it was told. Each deploy answer that is recorded is a new `boot_try`. */
export class Answers {
  constructor(private readonly options: AnswersOptions) {}

  /** Reads only. Throws when it can't be told just now. */
  async answer(question: Question): Promise<Decision> {
    const { database, site, logger } = this.options;
    const node = await bootNodeByMac(database.prisma, site, question.mac);
    if (node === undefined) {
      logger.debug(question, 'an unknown machine asks what to boot');
      return none;
    }
    // Who is not at the node's address must not use up its tries. If it is the node, nothing must send it to its disk.
    if (node.bootMode === 'deploy' && node.address !== question.peer) {
      logger.warn({ ...question, node: node.uuid }, 'asked from a foreign address: no answer');
      return unrecorded({ kind: 'again' });
    }
    // Anybody may ask for any node, as often as he likes: that must neither lock nor write.
    if (node.bootMode === 'none') {
      return none;
    }
    const answer = await this.answerOf(node);
    if (node.bootMode === 'local' && !(await this.isNews(node, question.peer))) {
      return unrecorded(answer);
    }
    return { answer, record: () => this.record(node, question, answer) };
  }

  private async answerOf(node: BootNode): Promise<Answer> {
    const { database, images } = this.options;
    const { instruction, tries } = await this.instructed(database.prisma, node);
    switch (instruction) {
      case 'deploy':
        return { kind: 'deploy', files: await images.filesOf(node) };
      case 'local':
        return local(database.prisma, node);
      case 'power-off':
        return { kind: 'power-off', tries };
      case 'none':
        return { kind: 'none' };
    }
  }

  private async instructed(
    sql: Sql,
    node: BootNode,
  ): Promise<{ instruction: Instruction; tries: number }> {
    const tries = node.bootMode === 'deploy' ? await deployBootsWithoutProgress(sql, node) : 0;
    const asking = { bootMode: node.bootMode, triesWithoutProgress: tries };
    return { instruction: instructionFor(asking, this.options.deployTries), tries };
  }

  /** Whether it is a milestone that this node boots its own disk: once for each deploy boot, as told by itself. */
  private async isNews(node: BootNodeByMac, peer: string): Promise<boolean> {
    const { database } = this.options;
    return (
      node.address === peer && !(await recordedInThisTry(database.prisma, node, 'boot.script'))
    );
  }

  private async record(
    { uuid, epoch }: BootNode,
    question: Question,
    answer: Answer,
  ): Promise<boolean> {
    const { database, logger } = this.options;
    const about = { ...question, node: uuid, epoch, answer: answer.kind };
    const recorded = await database.transaction(async (tx) => {
      const node = await lockBootNode(tx.sql, uuid, epoch);
      if (node === undefined || (await this.instructed(tx.sql, node)).instruction !== answer.kind) {
        return false;
      }
      await write(tx, node, question, answer);
      return true;
    });
    logger.info(about, recorded ? 'boot' : 'the node has changed while it asked');
    return recorded;
  }
}

async function write(tx: Tx, node: BootNode, question: Question, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'deploy':
      asked(tx, node, question, (await countDeployBoot(tx.sql, node)) ?? node.bootTry);
      return;
    case 'local':
      if (!(await recordedInThisTry(tx.sql, node, 'boot.script'))) {
        asked(tx, node, question, node.bootTry);
      }
      return;
    case 'power-off':
      return powerOff(tx, node, question, answer.tries);
    case 'again':
    case 'none':
  }
}

async function local(sql: Sql, node: Parameters<typeof biosDriveOfNode>[1]): Promise<Answer> {
  return { kind: 'local', biosDrive: (await biosDriveOfNode(sql, node)) ?? firstBiosDrive };
}

async function powerOff(tx: Tx, node: BootNode, { mac }: Question, tries: number): Promise<void> {
  if (!(await recordedInThisTry(tx.sql, node, 'boot.loop'))) {
    const about = { subject: node.uuid, epoch: node.epoch };
    tx.out.emit(eventOf('bootLoop', about, { mac, tries }));
  }
}

function asked(tx: Tx, node: BootNode, { mac, loader }: Question, bootTry: number): void {
  const about = { subject: node.uuid, epoch: node.epoch };
  const data = { mac, loader, mode: node.bootMode, boot_try: bootTry };
  tx.out.emit(eventOf('bootScript', about, data));
}
