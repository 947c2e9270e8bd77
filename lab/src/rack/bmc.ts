import { rm, writeFile } from 'node:fs/promises';
import { run } from '@metalcast/exec';
import {
  type Account,
  isRunning,
  killMarked,
  killRecorded,
  type Ledger,
  logTail,
  startRecorded,
  waitFor,
} from '@metalcast/rig';
import type { RackNode } from './node.js';

/** The BMC's label in the ledger. */
export function bmcLabel(node: RackNode): string {
  return `bmc ${node.name}`;
}

/** Label of the node's machine, which outlives its BMC. */
const machineLabel = (node: RackNode): string => `machine ${node.name}`;

export interface BmcPlace {
  readonly ledger: Ledger;
  readonly namespace: string;
  readonly account: Account | undefined;
}

/** Starts the node's BMC and replaces an earlier one. Resolves when the BMC answers. */
export async function startBmc(
  { ledger, namespace, account }: BmcPlace,
  node: RackNode,
): Promise<void> {
  const { folder } = node;
  const logFile = `${folder}/bmc.log`;
  await killRecorded(ledger, bmcLabel(node));
  const { identity } = await startRecorded(ledger, {
    label: bmcLabel(node),
    command: 'ipmi_sim',
    args: [
      '-c',
      `${folder}/lan.conf`,
      '-f',
      `${folder}/bmc.emu`,
      '-s',
      `${folder}/bmc-state`,
      '-n',
    ],
    env: { MACHINE_MARK: ledger.markOf(machineLabel(node)) },
    cwd: folder,
    logFile,
    namespace,
    account,
    capabilities: [],
    disposable: true,
  });
  const outcome = await waitFor(
    async () => {
      if (!isRunning(identity)) {
        return 'ended' as const;
      }
      return (await runIpmitool(namespace, node, ['chassis', 'power', 'status'])).ok;
    },
    { timeoutMs: 20_000, what: `the BMC of ${node.name} to answer` },
  );
  if (outcome === 'ended') {
    throw new Error(`the BMC of ${node.name} ended before it answered:\n${logTail(logFile)}`);
  }
}

/** Ends the node's BMC first, so that nothing can switch the machine on again, then the machine. Idempotent. */
export async function killNode(ledger: Ledger, node: RackNode): Promise<void> {
  await killRecorded(ledger, bmcLabel(node));
  await killMarked(ledger.markOf(machineLabel(node)));
}

/**
 * Runs `ipmitool` against a node's BMC inside the namespace, e.g. `['chassis', 'power', 'on']`. Cipher suite 3 is
 * fixed, because ipmi_sim does not answer the request for its cipher suites.
 */
export async function runIpmitool(
  namespace: string,
  { bmc }: RackNode,
  request: readonly string[],
): Promise<{ ok: boolean; text: string }> {
  const session = ['-I', 'lanplus', '-C', '3', '-N', '1', '-R', '2', '-H', bmc.address];
  const login = ['-p', String(bmc.port), '-U', bmc.user, '-f', bmc.passwordFile];
  const inside = [`--net=/run/netns/${namespace}`, 'ipmitool'];
  const result = await run('nsenter', [...inside, ...session, ...login, ...request], {
    timeoutMs: 15_000,
  });
  return { ok: result.exitCode === 0, text: `${result.stdout}${result.stderr}`.trim() };
}

/** Makes a BMC refuse power-on, as with a hardware fault, or accept it again. */
export async function setPowerOn(node: RackNode, answer: 'refused' | 'obeyed'): Promise<void> {
  const file = `${node.folder}/refuse-power-on`;
  await (answer === 'refused' ? writeFile(file, '') : rm(file, { force: true }));
}
