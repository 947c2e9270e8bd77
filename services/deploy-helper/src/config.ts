import { isIP } from 'node:net';
import { integer, option } from '@metalcast/config';
import { leaseMs } from '@metalcast/db';
import { imageOptions } from '@metalcast/image-client';
import { keyOptions } from '@metalcast/keys';
import { serviceOptions, type ServiceContext } from '@metalcast/service';
import { z } from 'zod';

const positive = () => integer().refine((value) => value > 0, 'must be above 0');

export const options = {
  ...serviceOptions,
  ...keyOptions('instancePrivate', 'agent'),
  ...imageOptions,
  provisioningAddress: option(
    z
      .string()
      .refine((value) => isIP(value) !== 0, 'must be an IP address')
      .describe('Address of this helper on the provisioning network: nodes call it there'),
  ),
  provisioningPort: option(
    integer().default(10_001).describe('Port of this helper on that address; 0 picks a free one'),
  ),
  stateDirectory: option(
    z
      .string()
      .default('/var/lib/metalcast/deploy-helper')
      .describe('Cached images and disks in preparation; not to be shared with another helper'),
  ),
  cacheMb: option(
    positive()
      .default(20_480)
      .describe('Bound of the image cache, MiB; images in use are kept beyond it'),
  ),
  capacity: option(
    positive()
      .default(4)
      .describe('Disks written at once; nodes that still erase their disks are not counted'),
  ),
  maxAttempts: option(
    positive().default(8).describe('Attempts at one deployment, over all helpers'),
  ),
  verifyMb: option(
    positive()
      .default(256)
      .describe('Most data that a node reads back after writing, MiB; more data is sampled'),
  ),
  sweepMs: option(
    positive()
      .default(1000)
      .describe(
        'How often to look for work that no message announced, ms; a quarter as often while no deployment is under way',
      ),
  ),
  leaseMs: option(
    integer()
      .refine((value) => value >= 2000, 'must be at least 2000')
      .default(leaseMs)
      .describe('A deployment whose helper gives no sign for so long is taken over, ms'),
  ),
  queueMs: option(
    positive()
      .default(3_600_000)
      .describe('How long a deployment may wait for its turn at a helper, ms'),
  ),
  targetMs: option(
    positive().default(120_000).describe('How long a ramdisk may take to offer its disk, ms'),
  ),
  stallMs: option(
    positive().default(120_000).describe('How long erasing or writing may go without progress, ms'),
  ),
  verifyMs: option(
    positive()
      .default(60_000)
      .describe('How long reading back may take, ms, on top of one second for each MiB'),
  ),
  restartMs: option(
    positive().default(60_000).describe('How long a ramdisk may take to leave when ordered to, ms'),
  ),
  imagePatienceMs: option(
    positive().default(120_000).describe('How long to retry an image API that does not answer, ms'),
  ),
  nextHoldMs: option(
    integer()
      .refine((value) => value > 0 && value <= 25_000, 'must be from 1 to 25000')
      .default(25_000)
      .describe("How long a ramdisk's request is held open, ms"),
  ),
};

export type DeployHelperOptions = typeof options;
export type DeployHelperContext = ServiceContext<DeployHelperOptions>;
