import { integer, option, type ConfigOf } from '@metalcast/config';
import { notificationOptions, serviceOptions, type ServiceContext } from '@metalcast/service';
import { retentionOptions } from './retention/retention-options.js';

export const options = {
  ...serviceOptions,
  ...notificationOptions,
  ...retentionOptions,
  maxAttempts: option(
    integer().default(3).describe('Nodes that a build may be tried on (scheduler_max_attempts)'),
  ),
  quarantineAfter: option(
    integer()
      .default(5)
      .describe('Failed builds in a row after which a node is set aside (quarantined); 0: never'),
  ),
  recastMs: option(
    integer()
      .default(10_000)
      .describe('A message without an effect is sent again after so long, ms'),
  ),
  answerTimeoutMs: option(
    integer()
      .default(120_000)
      .describe('How long another service may take for work that normally takes seconds, ms'),
  ),
  queueTimeoutMs: option(
    integer()
      .default(3_600_000)
      .describe(
        'How long work may wait for its turn at a service that is up and busy, ms; at one that is down, answer_timeout_ms',
      ),
  ),
  firmwareTimeoutMs: option(
    integer()
      .default(1_800_000)
      .describe("From power-on to the node's first DHCP request: its firmware's self test, ms"),
  ),
  milestoneTimeoutMs: option(
    integer().default(300_000).describe('From one milestone of the deploy boot to the next, ms'),
  ),
  doubtTimeoutMs: option(
    integer()
      .default(120_000)
      .describe(
        "From a DHCP packet by which the node can't boot (of firmware without a loader, or another server's offer taken) to its boot script, ms: a machine asks again within it",
      ),
  ),
  writeTimeoutMs: option(
    integer()
      .default(300_000)
      .describe('How long the writing of the disk may show no progress at all, ms'),
  ),
  leaveTimeoutMs: option(
    integer()
      .default(60_000)
      .describe('How long the ramdisk may take to restart before the BMC does it, ms'),
  ),
  firstSignTimeoutMs: option(
    integer()
      .default(1_800_000)
      .describe('How long an image that promises a sign of life may take to give it, ms'),
  ),
  reclaimPauseMs: option(
    integer()
      .default(60_000)
      .describe(
        'Pause before the power of a node in error, or a deletion that failed, is tried again, ms; doubles up to an hour',
      ),
  ),
  sweepMs: option(integer().default(1000).describe('How often to look for overdue operations, ms')),
};

export type ComputeConfig = ConfigOf<typeof options>;
export type ComputeContext = ServiceContext<typeof options>;
