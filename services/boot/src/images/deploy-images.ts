import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { NodeBoot } from '@metalcast/db/boot';
import { Fault } from '@metalcast/domain';
import { CacheBound, type Images } from '@metalcast/image-client';
import type { Logger } from '@metalcast/log';
import type { DeployFiles } from '../files/links.js';
import { deployImageIds, type DeployDefaults } from './deploy-image-ids.js';

export interface DeployImagesOptions {
  readonly images: Images;
  /** The cache: files named by their hash, and links named by image id that point to them. */
  readonly directory: string;
  /** Bytes to keep; images in use may exceed it. */
  readonly maxBytes: number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly defaults: DeployDefaults;
}

type NodeWithFlavor = Pick<NodeBoot, 'node' | 'flavor'>;

/** A node fetches a named file within minutes, and again when its boot is tried again. */
const inUseMs = 3_600_000;
/** Use is noted at most once in this time. */
const touchEveryMs = 60_000;

const hashPattern = /^([0-9a-f]{64}|[0-9a-f]{128})$/;

/** The cached kernels and ramdisks that nodes deploy with. */
export class DeployImages {
  /** Hashes by image id, the same as the links: only this process changes them. */
  private readonly links = new Map<string, string>();
  /** Time of last use by hash, monotonic. */
  private readonly touched = new Map<string, number>();
  private readonly bound: CacheBound;
  /** Monotonic time. */
  private shrunkAt = -Infinity;

  constructor(private readonly options: DeployImagesOptions) {
    const isInUse = (_: string, usedAt: Date): boolean => Date.now() - usedAt.getTime() < inUseMs;
    this.bound = new CacheBound({ ...options, isInUse });
  }

  /**
   * Fetches kernel and ramdisk of the node into the cache, and returns their hashes. Faults: BOOT_NO_DEPLOY_IMAGE,
   * IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Idempotent.
   */
  async prepare(node: NodeWithFlavor): Promise<DeployFiles> {
    const { kernel, ramdisk } = this.idsOf(node);
    return { kernel: await this.fetch(kernel), ramdisk: await this.fetch(ramdisk) };
  }

  /** The same, without asking the image API for cached images. */
  async filesOf(node: NodeWithFlavor): Promise<DeployFiles> {
    const { kernel, ramdisk } = this.idsOf(node);
    return {
      kernel: (await this.known(kernel)) ?? (await this.fetch(kernel)),
      ramdisk: (await this.known(ramdisk)) ?? (await this.fetch(ramdisk)),
    };
  }

  /** Path of a kernel or ramdisk; undefined for a string that is no hash. */
  path(hash: string): string | undefined {
    return hashPattern.test(hash) ? join(this.options.directory, hash) : undefined;
  }

  private idsOf({ node, flavor }: NodeWithFlavor): DeployFiles {
    return deployImageIds(node, flavor, this.options.defaults);
  }

  /**
   * Asks the image API even for a cached image, because a name may mean another image by now. Each image is asked for
   * only once in ten seconds (`recheckMs` of `openImages`): for so long another image of the same name may be missed.
   * The meaning of an id never changes.
   */
  private async fetch(id: string): Promise<string> {
    try {
      const hash = await this.fetchAndTouch(id);
      if ((await this.remember(id, hash)) || this.isLikelyTooLarge) {
        await this.shrink();
      }
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
    const isHere = hash !== undefined && found?.isFile() === true && (await this.touch(hash));
    return isHere ? hash : undefined;
  }

  /** Until its use was noted the image may have been evicted; then it is fetched once more. */
  private async fetchAndTouch(id: string): Promise<string> {
    const fetch = async (): Promise<string> =>
      basename(await this.options.images.fetchTo(id, this.options.directory));
    const hash = await fetch();
    return (await this.touch(hash)) ? hash : fetch();
  }

  /** False: the image is not in the cache. */
  private async touch(hash: string): Promise<boolean> {
    const now = performance.now();
    if (now - (this.touched.get(hash) ?? -Infinity) <= touchEveryMs) {
      return true;
    }
    const isHere = await this.bound.touch(hash);
    if (isHere) {
      this.touched.set(hash, now);
    }
    return isHere;
  }

  /** Images that were in use at the last shrink may be unused by now; this is checked from time to time. */
  private get isLikelyTooLarge(): boolean {
    return this.bound.isAbove && performance.now() - this.shrunkAt > touchEveryMs;
  }

  /** Removes images above the bound that are not in use, and the links to removed images. Idempotent. */
  async shrink(): Promise<void> {
    this.shrunkAt = performance.now();
    await this.bound.makeRoom();
    for (const name of await readdir(join(this.options.directory, 'by-id')).catch(() => [])) {
      const id = decodeURIComponent(name);
      const hash = await this.linked(id);
      if (hash !== undefined && !(await exists(join(this.options.directory, hash)))) {
        this.links.delete(id);
        this.touched.delete(hash);
        await rm(this.link(id), { force: true });
      }
    }
  }

  private async linked(id: string): Promise<string | undefined> {
    const target = await readlink(this.link(id)).catch(() => undefined);
    return target === undefined ? undefined : basename(target);
  }

  /**
   * Each caller creates its own temporary link, because many nodes are prepared at once. Returns whether the id meant
   * another image before.
   */
  private async remember(id: string, hash: string): Promise<boolean> {
    if (this.links.get(id) === hash) {
      return false;
    }
    const link = this.link(id);
    const file = join('..', hash);
    if ((await readlink(link).catch(() => undefined)) === file) {
      this.links.set(id, hash);
      return false;
    }
    await mkdir(join(this.options.directory, 'by-id'), { recursive: true });
    const draft = `${link}.${randomUUID()}`;
    await symlink(file, draft);
    await rename(draft, link);
    this.links.set(id, hash);
    return true;
  }

  private link(id: string): string {
    return join(this.options.directory, 'by-id', encodeURIComponent(id));
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isUnavailable = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'UNAVAILABLE';
