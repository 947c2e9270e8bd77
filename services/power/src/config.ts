import { integer, option } from '@metalcast/config';
import { leaseMs } from '@metalcast/db';
import { keyOptions } from '@metalcast/keys';
import { serviceOptions, type ServiceContext } from '@metalcast/service';
import type { Waits } from './power-driver.js';

export const options = {
  ...serviceOptions,
  ...keyOptions('bmcPrivate'),
  concurrency: option(
    integer()
      .refine((value) => value >= 1, 'must be at least 1')
      .default(64)
      .describe('Power commands under way at the same time, each at another BMC'),
  ),
  commandMs: option(
    integer().default(60_000).describe('How long a power command may run before it fails, ms'),
  ),
  queueMs: option(
    integer().default(1_800_000).describe('How long a power command may wait for its turn, ms'),
  ),
  softOffMs: option(
    integer()
      .default(120_000)
      .describe('The same for a shutdown by the operating system (soft-off), ms'),
  ),
  requestMs: option(
    integer()
      // The api waits 30 s for a reading.
      .refine((value) => value >= 1000 && value <= 25_000, 'must be from 1000 to 25000')
      .default(13_000)
      .describe(
        'Longest single request to a BMC, ms. One of a power command ends at least 1 s before lease_ms: raise both for BMCs that answer slowly',
      ),
  ),
  ipmiAnswerS: option(
    integer()
      .refine((value) => value >= 1 && value <= 20, 'must be from 1 to 20')
      .default(2)
      .describe(
        'How long ipmitool waits for the answer to a message before it sends the message again, s, and 1 s more after each repeat; the option `answer_s` of a node comes first',
      ),
  ),
  ipmiTries: option(
    integer()
      .refine((value) => value >= 1 && value <= 10, 'must be from 1 to 10')
      .default(2)
      .describe(
        'How often ipmitool sends a message before the BMC counts as silent; the option `tries` of a node comes first',
      ),
  ),
  leaseMs: option(
    integer()
      .refine((value) => value >= 3000, 'must be at least 3000')
      .default(leaseMs)
      .describe('A command whose process gives no sign for so long is taken over, ms'),
  ),
  confirmMs: option(
    integer()
      .default(10_000)
      .describe('Time for a change of power to show before it is requested again, ms'),
  ),
  offAgainMs: option(
    integer().default(300).describe('Time between the two readings that make an off certain, ms'),
  ),
  sweepMs: option(
    integer()
      .default(1000)
      .describe(
        'How often to look for commands that no message announced, ms, while there are unfinished ones; else each third of lease_ms',
      ),
  ),
  syncIntervalMs: option(
    integer()
      .refine((value) => value >= 64, 'must be at least 64')
      .default(60_000)
      .describe('Each BMC is read once in this time, ms'),
  ),
  syncConcurrency: option(
    integer().default(8).describe('BMCs read at the same time by the power sync'),
  ),
  syncFailures: option(
    integer()
      .default(3)
      .describe('After so many failed readings in a row the power of a node is unknown'),
  ),
};

export type PowerContext = ServiceContext<typeof options>;

export const waitsOf = ({ ipmiAnswerS, ipmiTries }: PowerContext['config']): Waits => ({
  answerS: ipmiAnswerS,
  tries: ipmiTries,
});

const renewalsPerLease = 3;

export const leaseOf = ({
  leaseMs,
}: PowerContext['config']): { leaseMs: number; renewMs: number } => ({
  leaseMs,
  renewMs: Math.floor(leaseMs / renewalsPerLease),
});
