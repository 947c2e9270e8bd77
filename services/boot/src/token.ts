import { randomBytes } from 'node:crypto';
import {
  bootNodeByMac,
  listServices,
  storeTokenHash,
  type Database,
  type ProvisioningSite,
} from '@metalcast/db';
import { bootTokenHash } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { z } from 'zod';
import { agentConfArchive } from './agent-conf.js';

export interface TokensOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly site: ProvisioningSite;
}

const tokenBytes = 32;
const helperBinary = 'metalcast-deploy-helper';
const helperDetails = z.looseObject({ provisioningUrl: z.string() });

export interface MintedToken {
  readonly archive: Buffer;
  /**
   * Makes it the node's token, and voids the one before: once it is known that the node receives it. False: the boot that it was
   * for is over.
   */
  readonly store: () => Promise<boolean>;
}

/** The one-time token by which a deploy ramdisk proves that it is the boot that was served. */
export class Tokens {
  constructor(private readonly options: TokensOptions) {}

  /**
   * A new token in its archive, for the boot under way of the node with this MAC. Undefined when the node does not deploy, no
   * boot is under way, or another address asks. The token itself is kept nowhere.
   */
  async mint(mac: string, peer: string): Promise<MintedToken | undefined> {
    const { database, logger, site } = this.options;
    const node = await bootNodeByMac(database.prisma, site, mac);
    if (node?.bootMode !== 'deploy' || node.address !== peer) {
      logger.warn({ mac, peer, node: node?.uuid }, 'no token: not deploying, or a foreign address');
      return undefined;
    }
    if (node.bootTry === 0) {
      return undefined;
    }
    const token = randomBytes(tokenBytes).toString('hex');
    const hash = bootTokenHash(token, {
      node: node.uuid,
      epoch: node.epoch,
      bootTry: node.bootTry,
    });
    const helpers = rotated(await helperUrls(database), node.id + node.bootTry);
    const about = { node: node.uuid, epoch: node.epoch, bootTry: node.bootTry };
    return {
      archive: agentConfArchive({ ...about, token, helpers }),
      store: async () => {
        const stored = await storeTokenHash(database.prisma, node, hash);
        logger.info({ ...about, helpers, stored }, 'token');
        return stored;
      },
    };
  }
}

/** Those with a heartbeat; without any, all that were ever known: one may be just starting, and the ramdisk keeps asking. */
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
