import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requeueDeploymentsOf } from '@metalcast/db/deploy-helper';
import { imageAccessOf, openImages } from '@metalcast/image-client';
import { Deriver, Opener } from '@metalcast/keys';
import type { DeployHelperContext } from '../../config.js';
import { mib } from '@metalcast/disk-image/table';
import { ImageCache } from '../../image/image-cache.js';
import { KnownImages } from '../../image/known-images.js';
import { DeploymentLeases } from './leases.js';
import type { DeploymentRows } from '../rows.js';
import type { DeploymentSignals } from '../signals.js';
import { removeAbandoned } from '../../preparation/work-folder.js';
import { DeploymentWorkers } from './workers.js';

const renewalsPerLease = 3;

interface Shared {
  readonly signals: DeploymentSignals;
  readonly rows: DeploymentRows;
  readonly hint: (node: string) => void;
}

/** The workers, once what an earlier process of this host left behind is cleared away. */
export async function openWorkers(
  { config, database, keys, logger, owner, host }: DeployHelperContext,
  { signals, rows, hint }: Shared,
): Promise<DeploymentWorkers> {
  const root = resolve(config.stateDirectory);
  const [images, work] = [join(root, 'images'), join(root, 'work')];
  // Cached images may be private to a project.
  await mkdir(images, { recursive: true, mode: 0o700 });
  await chmod(images, 0o700);
  await removeAbandoned(work);
  const requeued = await requeueDeploymentsOf(database, host, config.queueMs);
  if (requeued > 0) {
    logger.warn({ requeued }, 'deployments of an earlier process of this host are begun again');
  }
  const cache = new ImageCache(openImages(imageAccessOf(config)), {
    directory: images,
    maxBytes: config.cacheMb * mib,
    logger,
  });
  await cache.shrink();
  const { leaseMs } = config;
  const everyMs = Math.floor(Math.min(leaseMs, config.stallMs, config.targetMs) / renewalsPerLease);
  const leases = new DeploymentLeases({ database, rows, signals, logger, leaseMs, everyMs });
  return new DeploymentWorkers({
    ...{ database, logger, cache, signals, rows, hint, owner, host, leases, leaseMs },
    secrets: new Opener(keys.instancePrivate),
    agent: new Deriver(keys.agent),
    images: new KnownImages(work),
    timing: config,
    verifyBytes: config.verifyMb * mib,
    capacity: config.capacity,
    sweepMs: config.sweepMs,
    maxAttempts: config.maxAttempts,
    workDirectory: work,
  });
}
