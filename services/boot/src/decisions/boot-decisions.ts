import { eventOf } from '@metalcast/contracts';
import { countDeployScript, type NodeBoot } from '@metalcast/db/boot';
import type { Logger } from '@metalcast/log';
import { isDeepStrictEqual } from 'node:util';
import { aboutBoot, mostTurns, readBoot, type BootStore } from './boot-reads.js';
import type { DeployImages } from '../images/deploy-images.js';
import { bootInstructionFor } from './boot-instruction.js';
import type { LateMilestones } from '../milestones/late-milestones.js';
import type { DeployFiles } from '../files/links.js';

export interface BootRequest {
  readonly mac: string;
  /** Address of the caller. */
  readonly peer: string;
  readonly loader: 'ipxe' | 'pxelinux';
}

export type Answer =
  | { readonly kind: 'deploy'; readonly files: DeployFiles }
  | { readonly kind: 'local'; readonly biosDrive: number }
  | { readonly kind: 'power-off'; readonly tries: number }
  /** There is no answer now: the caller must ask again. */
  | { readonly kind: 'again' }
  /** The machine is not booted by Metalcast. */
  | { readonly kind: 'none' };

/** An answer, and what must be recorded when the node gets it. */
export interface Decision {
  readonly answer: Answer;
  /**
   * To be called once it is known that the node receives the answer: anybody can send a request in its name. False: the
   * node's row has changed meanwhile, and the answer must not be used.
   */
  readonly record: () => Promise<boolean>;
}

export interface AnswersOptions extends BootStore {
  readonly logger: Logger;
  readonly images: DeployImages;
  readonly milestones: LateMilestones;
  readonly deployTries: number;
}

/** The number of the disk when the BIOS reported nothing and the machine has one disk. */
const firstBiosDrive = 0x80;

/** Whether the answer was recorded. `boot`: the node's boot as it was found, if it was not as expected. */
type Recorded = { readonly done: true } | { readonly done: false; boot: NodeBoot | undefined };

const done = { done: true } as const;

/** Answers what a node must boot, and records the answer. Each recorded deploy answer is a new `boot_try`. */
export class BootDecisions {
  constructor(private readonly options: AnswersOptions) {}

  /** For a caller whose address may be forged: only reads. Throws when there is no answer now. */
  async answer(request: BootRequest): Promise<Decision> {
    const boot = await readBoot(this.options, request.mac);
    const answer = await this.decide(boot, request);
    return { answer, record: () => this.recordAnswer(boot, request, answer) };
  }

  /** For a caller who is known to be at its address: the answer is recorded before it is returned. */
  async answerProven(request: BootRequest): Promise<Answer> {
    let boot = this.guess(request) ?? (await readBoot(this.options, request.mac));
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const answer = await this.decide(boot, request);
      const recorded = await this.record(boot, request, answer);
      if (recorded.done) {
        return answer;
      }
      boot = recorded.boot;
    }
    throw new Error('the node changes while it asks');
  }

  /** A remembered boot is used only if a write follows, because the write proves it. */
  private guess({ mac, peer }: BootRequest): NodeBoot | undefined {
    const boot = this.options.known.of(mac);
    return boot?.address === peer && this.instruct(boot) === 'deploy' ? boot : undefined;
  }

  private instruct({ bootMode, triesSinceHello }: NodeBoot) {
    const input = { bootMode, triesWithoutProgress: triesSinceHello };
    return bootInstructionFor(input, this.options.deployTries);
  }

  private async decide(boot: NodeBoot | undefined, request: BootRequest): Promise<Answer> {
    const { images, logger } = this.options;
    if (boot === undefined) {
      logger.debug(request, 'an unknown machine asks what to boot');
      return { kind: 'none' };
    }
    // A caller at a foreign address must not use up the node's tries. If the caller is the node after all, it must not
    // be sent to its disk either.
    if (boot.bootMode === 'deploy' && boot.address !== request.peer) {
      logger.warn({ ...request, node: boot.node }, 'asked from a foreign address: no answer');
      return { kind: 'again' };
    }
    switch (this.instruct(boot)) {
      case 'deploy':
        return { kind: 'deploy', files: await images.filesOf(boot) };
      case 'local':
        return { kind: 'local', biosDrive: boot.biosDrive ?? firstBiosDrive };
      case 'power-off':
        return { kind: 'power-off', tries: boot.triesSinceHello };
      case 'none':
        return { kind: 'none' };
    }
  }

  /** Records an answer that was given before. If only the number of the try has changed, the answer still holds. */
  private async recordAnswer(
    first: NodeBoot | undefined,
    request: BootRequest,
    answer: Answer,
  ): Promise<boolean> {
    let boot = first;
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const recorded = await this.record(boot, request, answer);
      if (recorded.done) {
        return true;
      }
      boot = recorded.boot;
      if (!isDeepStrictEqual(await this.decide(boot, request), answer)) {
        break;
      }
    }
    this.options.logger.info({ ...request, answer: answer.kind }, 'the node has changed');
    return false;
  }

  private async record(
    boot: NodeBoot | undefined,
    request: BootRequest,
    answer: Answer,
  ): Promise<Recorded> {
    const recorded = boot === undefined ? done : await this.write(boot, request, answer);
    if (boot !== undefined && recorded.done && answer.kind !== 'none') {
      const { node, epoch } = boot;
      this.options.logger.info({ ...request, node, epoch, answer: answer.kind }, 'boot');
    }
    return recorded;
  }

  /** Anybody may ask for any node, any number of times: what is recorded already must neither lock nor write. */
  private async write(boot: NodeBoot, request: BootRequest, answer: Answer): Promise<Recorded> {
    const { milestones } = this.options;
    const { mac, loader, peer } = request;
    switch (answer.kind) {
      case 'deploy':
        return this.countTry(boot, request);
      case 'local':
        if (boot.address === peer && !boot.seen.includes('localScript')) {
          milestones.add(mac, 'localScript', { peer, loader });
        }
        return done;
      case 'power-off':
        return this.loop(boot, answer.tries);
      case 'again':
      case 'none':
        return done;
    }
  }

  private async countTry(boot: NodeBoot, { mac, loader }: BootRequest): Promise<Recorded> {
    const { database, site, known, milestones } = this.options;
    const dhcp = await milestones.takeDhcp(boot);
    const news = dhcp !== undefined && !boot.seen.includes('dhcp');
    const bootTry = boot.bootTry + 1;
    const tryBeganAt = performance.now();
    const { written, before } = await countDeployScript(database, site, {
      boot,
      dhcpAgoMs: news ? dhcp.agoMs : undefined,
      tell: (out) => {
        if (news) {
          out.emit(eventOf('bootDhcp', aboutBoot(boot), { mac }));
        }
        const data = { mac, loader, mode: boot.bootMode, boot_try: bootTry };
        out.emit(eventOf('bootScript', aboutBoot(boot), data));
      },
    });
    if (written) {
      const triesSinceHello = boot.triesSinceHello + 1;
      const begun = { begun: true, bootTry, tryBeganAt, triesSinceHello, seen: [] };
      known.learn(mac, { ...boot, ...begun });
      return done;
    }
    if (dhcp !== undefined) {
      milestones.add(mac, 'dhcp', dhcp);
    }
    known.learn(mac, before);
    return { done: false, boot: before };
  }

  /** Written at once, because an operation waits for it. */
  private async loop(boot: NodeBoot, tries: number): Promise<Recorded> {
    if (boot.seen.includes('loop') || (await this.options.milestones.recordLoop(boot, tries))) {
      return done;
    }
    return { done: false, boot: await readBoot(this.options, boot.mac) };
  }
}
