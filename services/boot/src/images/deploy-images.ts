import { randomUUID } from 'node:crypto';
import { readlink, mkdir, rename, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { NodeBoot } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Images } from '@metalcast/image-client';
import type { DeployFiles } from '../links.js';
import { deployImageIds, type DeployDefaults } from './deploy-image-ids.js';

export interface DeployImagesOptions {
  readonly images: Images;
  /** Cache: files named by their hash, and links named by image id that say which is whose. */
  readonly directory: string;
  readonly defaults: DeployDefaults;
}

type NodeWithFlavor = Pick<NodeBoot, 'node' | 'flavor'>;

const hashPattern = /^([0-9a-f]{64}|[0-9a-f]{128})$/;

/** The kernel and ramdisk that a node deploys with, kept at hand. */
export class DeployImages {
  /** Hashes by image id, as the links say: they are this process's own. */
  private readonly links = new Map<string, string>();

  constructor(private readonly options: DeployImagesOptions) {}

  /**
   * Brings kernel and ramdisk of the node here, and returns their hashes. Faults: BOOT_NO_DEPLOY_IMAGE,
   * IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Repeatable.
   */
  async prepare(node: NodeWithFlavor): Promise<DeployFiles> {
    const { kernel, ramdisk } = this.idsOf(node);
    return { kernel: await this.fetch(kernel), ramdisk: await this.fetch(ramdisk) };
  }

  /** The same, without asking the image API for what is here. */
  async filesOf(node: NodeWithFlavor): Promise<DeployFiles> {
    const { kernel, ramdisk } = this.idsOf(node);
    return {
      kernel: (await this.known(kernel)) ?? (await this.fetch(kernel)),
      ramdisk: (await this.known(ramdisk)) ?? (await this.fetch(ramdisk)),
    };
  }

  /** Path of a kernel or ramdisk; undefined for what is no hash. */
  path(hash: string): string | undefined {
    return hashPattern.test(hash) ? join(this.options.directory, hash) : undefined;
  }

  private idsOf({ node, flavor }: NodeWithFlavor): DeployFiles {
    return deployImageIds(node, flavor, this.options.defaults);
  }

  /**
   * Also for what is here: a name may mean another image by now. So the image API is asked, though of one image only once in ten
   * seconds (`recheckMs` of `openImages`): so long another image of the name may not be seen. What an id means never changes.
   */
  private async fetch(id: string): Promise<string> {
    try {
      const hash = basename(await this.options.images.fetchTo(id, this.options.directory));
      await this.remember(id, hash);
      return hash;
    } catch (error) {
      const known = isUnavailable(error) ? await this.known(id) : undefined;
      if (known === undefined) {
        throw error;
      }
      return known;
    }
  }

  private async known(id: string): Promise<string | undefined> {
    const hash = this.links.get(id) ?? (await this.linked(id));
    const path = hash === undefined ? undefined : this.path(hash);
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    return found?.isFile() === true ? hash : undefined;
  }

  private async linked(id: string): Promise<string | undefined> {
    const target = await readlink(this.link(id)).catch(() => undefined);
    return target === undefined ? undefined : basename(target);
  }

  /** By a link of its own for each that does it at the same time: many nodes are prepared at once. */
  private async remember(id: string, hash: string): Promise<void> {
    if (this.links.get(id) === hash) {
      return;
    }
    const link = this.link(id);
    const file = join('..', hash);
    if ((await readlink(link).catch(() => undefined)) === file) {
      this.links.set(id, hash);
      return;
    }
    await mkdir(join(this.options.directory, 'by-id'), { recursive: true });
    const draft = `${link}.${randomUUID()}`;
    await symlink(file, draft);
    await rename(draft, link);
    this.links.set(id, hash);
  }

  private link(id: string): string {
    return join(this.options.directory, 'by-id', encodeURIComponent(id));
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'UNAVAILABLE';
