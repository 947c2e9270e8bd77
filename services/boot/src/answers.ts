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
import { instructionFor } from './instruction.js';
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

export interface AnswersOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
  readonly images: DeployImages;
  readonly deployTries: number;
}

/** Of a machine whose BIOS told nothing, and which has one disk. */
const firstBiosDrive = 0x80;

const none: Answer = { kind: 'none' };

/** Tells a node what to boot, and records that it asked. Each deploy answer is a new `boot_try`. */
export class Answers {
  constructor(private readonly options: AnswersOptions) {}

  /** Throws when it can't be told just now; then nothing was counted. */
  async answer(question: Question): Promise<Answer> {
    const { database, site, images, logger } = this.options;
    const node = await bootNodeByMac(database.prisma, site, question.mac);
    if (node === undefined) {
      logger.debug(question, 'an unknown machine asks what to boot');
      return none;
    }
    // Who is not at the node's address must not use up its tries. If it is the node, nothing must send it to its disk.
    if (node.bootMode === 'deploy' && node.address !== question.peer) {
      logger.warn({ ...question, node: node.uuid }, 'asked from a foreign address: no answer');
      return { kind: 'again' };
    }
    // Anybody may ask for any node, as often as he likes: that must neither lock nor write.
    if (node.bootMode === 'none') {
      return none;
    }
    if (node.bootMode === 'local' && !(await this.isNews(node, question.peer))) {
      return local(database.prisma, node);
    }
    const files = node.bootMode === 'deploy' ? await images.filesOf(node) : undefined;
    const answer = await database.transaction((tx) => this.decide(tx, node, question, files));
    logger.info({ ...question, node: node.uuid, epoch: node.epoch, answer: answer.kind }, 'boot');
    return answer;
  }

  /** Whether it is a milestone that this node boots its own disk: once for each deploy boot, as told by itself. */
  private async isNews(node: BootNodeByMac, peer: string): Promise<boolean> {
    const { database } = this.options;
    return (
      node.address === peer && !(await recordedInThisTry(database.prisma, node, 'boot.script'))
    );
  }

  private async decide(
    tx: Tx,
    { uuid, epoch }: BootNodeByMac,
    question: Question,
    files: DeployFiles | undefined,
  ): Promise<Answer> {
    const node = await lockBootNode(tx.sql, uuid, epoch);
    if (node === undefined) {
      throw new Error(`node ${uuid} has changed its epoch while it asked`);
    }
    const tries = await deployBootsWithoutProgress(tx.sql, node);
    const asking = { bootMode: node.bootMode, triesWithoutProgress: tries };
    switch (instructionFor(asking, this.options.deployTries)) {
      case 'deploy':
        return deploy(tx, node, question, files);
      case 'local':
        if (!(await recordedInThisTry(tx.sql, node, 'boot.script'))) {
          asked(tx, node, question, node.bootTry);
        }
        return local(tx.sql, node);
      case 'power-off':
        return powerOff(tx, node, question, tries);
      case 'none':
        return none;
    }
  }
}

async function deploy(
  tx: Tx,
  node: BootNode,
  question: Question,
  files: DeployFiles | undefined,
): Promise<Answer> {
  const bootTry = await countDeployBoot(tx.sql, node);
  if (files === undefined || bootTry === undefined) {
    throw new Error(`node ${node.uuid} has changed its boot mode while it asked`);
  }
  asked(tx, node, question, bootTry);
  return { kind: 'deploy', files };
}

async function local(sql: Sql, node: Parameters<typeof biosDriveOfNode>[1]): Promise<Answer> {
  return { kind: 'local', biosDrive: (await biosDriveOfNode(sql, node)) ?? firstBiosDrive };
}

async function powerOff(tx: Tx, node: BootNode, { mac }: Question, tries: number): Promise<Answer> {
  if (!(await recordedInThisTry(tx.sql, node, 'boot.loop'))) {
    const about = { subject: node.uuid, epoch: node.epoch };
    tx.out.emit(eventOf('bootLoop', about, { mac, tries }));
  }
  return { kind: 'power-off', tries };
}

function asked(tx: Tx, node: BootNode, { mac, loader }: Question, bootTry: number): void {
  const about = { subject: node.uuid, epoch: node.epoch };
  const data = { mac, loader, mode: node.bootMode, boot_try: bootTry };
  tx.out.emit(eventOf('bootScript', about, data));
}
