import { defineMachine } from './machine.js';

const helper = 'deploy-helper';

const fails = {
  to: 'failed',
  by: helper,
  why: 'it cannot be tried again, its deadline passed, or its node is in another epoch',
} as const;

/** Life of a ramdisk and of the writing of its disk, in one epoch of a node (`deployments.state`). */
export const deploymentStates = defineMachine({
  hello: {
    stable: true,
    on: {
      again: { to: 'hello', by: helper, why: 'the ramdisk reports in another boot' },
      queue: { to: 'queued', by: helper, why: 'the disk is to be written' },
      take: { to: 'targeting', by: helper, why: 'it is to be written, and the helper has room' },
      fail: fails,
    },
  },
  queued: {
    on: {
      again: { to: 'queued', by: helper, why: 'the ramdisk reports in another boot' },
      queue: { to: 'queued', by: helper, why: 'it is asked for again' },
      take: { to: 'targeting', by: helper, why: 'a helper has room' },
      fail: fails,
    },
  },
  targeting: {
    on: {
      again: { to: 'queued', by: helper, why: 'the ramdisk reports in another boot' },
      take: { to: 'targeting', by: helper, why: 'its helper let its lease pass' },
      release: { to: 'queued', by: helper, why: 'its helper stops, or could not begin' },
      write: { to: 'writing', by: helper, why: 'the ramdisk offers its disk' },
      fail: fails,
    },
  },
  writing: {
    on: {
      again: { to: 'queued', by: helper, why: 'the ramdisk reports in another boot' },
      take: { to: 'targeting', by: helper, why: 'its helper let its lease pass' },
      release: {
        to: 'queued',
        by: helper,
        why: 'its helper stops, or the writing failed and is tried again',
      },
      write: { to: 'writing', by: helper, why: 'it gets on' },
      verify: { to: 'verifying', by: helper, why: 'all is written' },
      fail: fails,
    },
  },
  verifying: {
    on: {
      again: { to: 'queued', by: helper, why: 'the ramdisk reports in another boot' },
      verified: { to: 'verified', by: helper, why: 'the ramdisk read back what was written' },
      fail: fails,
    },
  },
  verified: {
    stable: true,
    on: {
      again: { to: 'verified', by: helper, why: 'the ramdisk reports in another boot' },
      restart: { to: 'restarting', by: helper, why: 'the node shall start from its disk' },
      fail: fails,
    },
  },
  restarting: {
    on: {
      restart: { to: 'restarting', by: helper, why: 'it is asked for again' },
      overdue: {
        to: 'verified',
        by: helper,
        why: 'the ramdisk does not answer: it is left to the BMC',
      },
      leave: { to: 'left', by: helper, why: 'the ramdisk says that it restarts the node' },
      fail: fails,
    },
  },
  left: { stable: true, on: { fail: fails } },
  failed: { stable: true, on: {} },
});

export const deploymentState = deploymentStates.names;
export type DeploymentState = keyof typeof deploymentStates.table;
export type DeploymentEvent = Parameters<typeof deploymentStates.next>[1];

/** States in which no helper works on the deployment. */
export const waitingDeploymentStates: readonly DeploymentState[] = ['hello', 'queued'];

/** States in which the disk is written and read back. */
export const verifiedDeploymentStates: readonly DeploymentState[] = [
  'verified',
  'restarting',
  'left',
];
