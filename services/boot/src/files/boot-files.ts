import type { Answer, BootDecisions, BootRequest } from '../decisions/boot-decisions.js';
import type { DeployImages } from '../images/deploy-images.js';
import { ipxeDeploy, ipxeLocal, ipxePowerOff, ipxeRetry } from './ipxe.js';
import { bootLinks, dashed } from './links.js';
import type { Logger } from '@metalcast/log';
import type { LateMilestones } from '../milestones/late-milestones.js';
import {
  pxelinuxAgain,
  pxelinuxDeploy,
  pxelinuxLocal,
  pxelinuxNone,
  pxelinuxPowerOff,
} from './pxelinux.js';
import type { Requested } from './request-path.js';
import type { BootTokens } from './boot-tokens.js';

export interface BootFilesOptions {
  readonly decisions: BootDecisions;
  readonly tokens: BootTokens;
  readonly milestones: LateMilestones;
  readonly images: DeployImages;
  readonly logger: Logger;
  /** `http://address:port/` */
  readonly httpBase: string;
  /** Whether pxelinux fetches the kernel over HTTP (only lpxelinux can) or TFTP. */
  readonly pxelinuxOverHttp: boolean;
  readonly append: string;
}

/** Content for a node: computed, or a file of the image cache. */
export type Served = (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly path: string }
) & {
  /**
   * To be called once it is known that the peer receives the content: records what follows from that. False: the
   * content is no longer valid, and the peer must ask again.
   */
  readonly proven: () => Promise<boolean>;
};

/** All that nodes fetch, over HTTP or TFTP. */
export class BootFiles {
  constructor(private readonly options: BootFilesOptions) {}

  /** For a peer whose address may be forged; changes nothing. Undefined when nothing is served under that name. */
  async serve(requested: Requested, peer: string): Promise<Served | undefined> {
    switch (requested.kind) {
      case 'script':
        return this.script({ mac: requested.mac, loader: requested.loader, peer });
      case 'token': {
        const minted = await this.options.tokens.mint(requested.mac, peer);
        return minted && { kind: 'bytes', bytes: minted.archive, proven: minted.store };
      }
      case 'kernel':
      case 'ramdisk': {
        const { kind, mac, hash } = requested;
        const path = this.options.images.path(hash);
        return path === undefined
          ? undefined
          : { kind: 'file', path, proven: () => this.note(mac, peer, kind) };
      }
    }
  }

  /** For a peer who is known to be at its address. */
  async serveProven(requested: Requested, peer: string): Promise<Served | undefined> {
    if (requested.kind === 'script') {
      return this.provenScript({ mac: requested.mac, loader: requested.loader, peer });
    }
    const served = await this.serve(requested, peer);
    if (served === undefined || (await served.proven())) {
      return served;
    }
    // The content was made from an outdated row; the refused record has shown the present one.
    const anew = await this.serve(requested, peer);
    return (await anew?.proven()) === true ? anew : undefined;
  }

  private async provenScript(request: BootRequest): Promise<Served | undefined> {
    try {
      return this.told(request, await this.options.decisions.answerProven(request));
    } catch (error) {
      return this.told(request, this.again(request, error));
    }
  }

  private async script(request: BootRequest): Promise<Served | undefined> {
    try {
      const { answer, record } = await this.options.decisions.answer(request);
      return this.told(request, answer, record);
    } catch (error) {
      return this.told(request, this.again(request, error));
    }
  }

  /** Not an error, because an error would send the firmware on to the disk, whatever is on it. */
  private again(request: BootRequest, error: unknown): Answer {
    this.options.logger.error({ ...request, err: error }, 'no answer yet, the node asks again');
    return { kind: 'again' };
  }

  private told(
    request: BootRequest,
    answer: Answer,
    proven: Served['proven'] = () => Promise.resolve(true),
  ): Served | undefined {
    const text =
      request.loader === 'ipxe' ? this.ipxe(request, answer) : this.pxelinux(request, answer);
    return text === undefined ? undefined : { kind: 'text', text, proven };
  }

  private ipxe({ mac }: BootRequest, answer: Answer): string | undefined {
    const { httpBase, append } = this.options;
    switch (answer.kind) {
      case 'deploy':
        return ipxeDeploy({ mac, links: bootLinks(httpBase, mac, answer.files), append });
      case 'local':
        return ipxeLocal(answer.biosDrive);
      case 'power-off':
        return ipxePowerOff(reasonToStop(answer.tries));
      case 'again':
        return ipxeRetry(`${httpBase}boot/${dashed(mac)}`);
      // The loader fails itself: it returns an error to the firmware, which goes on to its next boot option.
      case 'none':
        return undefined;
    }
  }

  private pxelinux({ mac }: BootRequest, answer: Answer): string {
    const { httpBase, append, pxelinuxOverHttp } = this.options;
    switch (answer.kind) {
      case 'deploy': {
        const base = pxelinuxOverHttp ? httpBase : '';
        return pxelinuxDeploy({ links: bootLinks(base, mac, answer.files), append });
      }
      case 'local':
        return pxelinuxLocal(answer.biosDrive);
      case 'power-off':
        return pxelinuxPowerOff(reasonToStop(answer.tries));
      case 'again':
        return pxelinuxAgain(mac);
      // A missing file would keep pxelinux waiting for five minutes, then restart the machine.
      case 'none':
        return pxelinuxNone();
    }
  }

  private note(mac: string, peer: string, what: 'kernel' | 'ramdisk'): Promise<boolean> {
    this.options.milestones.add(mac, what, { peer });
    return Promise.resolve(true);
  }
}

const reasonToStop = (tries: number): string =>
  `Metalcast: the deploy ramdisk was started ${tries} times and never reported; switching off.`;
