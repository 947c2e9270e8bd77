import { randomBytes } from 'node:crypto';
import { listServices, type Database } from '@metalcast/db';
import { storeTokenHash, type NodeBoot } from '@metalcast/db/boot';
import { bootTokenHash } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { z } from 'zod';
import { agentConfArchive } from './agent-conf.js';
import { readBoot, type BootStore } from '../decisions/boot-reads.js';
import { remembered } from './remembered.js';

export interface TokensOptions extends BootStore {
  readonly logger: Logger;
}

const tokenBytes = 32;
const helpersKnownMs = 1000;
const helperBinary = 'metalcast-deploy-helper';
const helperDetails = z.looseObject({ provisioningUrl: z.string() });

export interface MintedToken {
  readonly archive: Buffer;
  /**
   * Makes the token the node's token and invalidates the one before. To be called once it is known that the node
   * receives it. False: the boot that it was made for is over.
   */
  readonly store: () => Promise<boolean>;
}

/** One-time tokens: a deploy ramdisk proves by its token that it is the boot that was served. */
export class BootTokens {
  private readonly helpers: () => Promise<string[]>;

  constructor(private readonly options: TokensOptions) {
    this.helpers = remembered(() => helperUrls(options.database), helpersKnownMs);
  }

  /**
   * A new token in its archive, for the present boot of the node with this MAC. Undefined when the node does not
   * deploy, has no boot under way, or another address asks. The token itself is stored nowhere.
   */
  async mint(mac: string, peer: string): Promise<MintedToken | undefined> {
    const { database, site, known, logger } = this.options;
    const boot =
      deploying(known.of(mac), peer) ?? deploying(await readBoot(this.options, mac), peer);
    if (boot === undefined) {
      const { node } = known.of(mac) ?? {};
      logger.warn({ mac, peer, node }, 'no token: no deploy boot, or a foreign address');
      return undefined;
    }
    const token = randomBytes(tokenBytes).toString('hex');
    const { node, epoch, bootTry } = boot;
    const about = { node, epoch, bootTry };
    const hash = bootTokenHash(token, about);
    const helpers = rotated(await this.helpers(), boot.nodeId + bootTry);
    return {
      archive: agentConfArchive({ ...about, token, helpers }),
      store: async () => {
        const { written, before } = await storeTokenHash(database, site, { boot, hash });
        if (!written) {
          known.learn(mac, before);
        }
        logger.info({ ...about, helpers, stored: written }, 'token');
        return written;
      },
    };
  }
}

const deploying = (boot: NodeBoot | undefined, peer: string): NodeBoot | undefined =>
  boot?.bootMode === 'deploy' && boot.address === peer && boot.bootTry > 0 ? boot : undefined;

/**
 * The helpers with a heartbeat. Without any, all known ones: one may be just starting, and the ramdisk keeps asking.
 */
async function helperUrls(database: Database): Promise<string[]> {
  const services = await listServices(database, helperBinary);
  const known = services.flatMap(({ details, up, disabled }) => {
    const url = helperDetails.safeParse(details).data?.provisioningUrl;
    return url === undefined ? [] : [{ url, live: up && !disabled }];
  });
  const live = known.filter((helper) => helper.live);
  return (live.length > 0 ? live : known).map(({ url }) => url);
}

/** Different nodes begin with different helpers. */
function rotated(urls: readonly string[], by: number): string[] {
  const start = urls.length === 0 ? 0 : by % urls.length;
  return [...urls.slice(start), ...urls.slice(0, start)];
}
