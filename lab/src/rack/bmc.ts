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

/** The BMC's name in the ledger. */
export function bmcLabel(node: RackNode): string {
  return `bmc ${node.name}`;
}

/** Marks the node's machine, which goes on when its BMC ends. */
const machineLabel = (node: RackNode): string => `machine ${node.name}`;

export interface BmcPlace {
  readonly ledger: Ledger;
  readonly namespace: string;
  readonly account: Account | undefined;
}

/** Starts the node's BMC, in the place of what is left of an earlier one, and resolves when it answers. */
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
      return (await askBmc(namespace, node, ['chassis', 'power', 'status'])).ok;
    },
    { timeoutMs: 20_000, what: `the BMC of ${node.name} to answer` },
  );
  if (outcome === 'ended') {
    throw new Error(`the BMC of ${node.name} ended before it answered:\n${logTail(logFile)}`);
  }
}

/** Ends the node's BMC, then its machine, which nobody can switch on again. Idempotent. */
export async function killNode(ledger: Ledger, node: RackNode): Promise<void> {
  await killRecorded(ledger, bmcLabel(node));
  await killMarked(ledger.markOf(machineLabel(node)));
}

/**
 * Asks a node's BMC with `ipmitool`, inside the namespace: `['chassis', 'power', 'on']`. Cipher suite 3, for ipmi_sim
 * never answers the question which it has.
 */
export async function askBmc(
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

/** Makes a BMC refuse to switch on, as one does with a hardware fault, or obey again. */
export async function setPowerOn(node: RackNode, answer: 'refused' | 'obeyed'): Promise<void> {
  const file = `${node.folder}/refuse-power-on`;
  await (answer === 'refused' ? writeFile(file, '') : rm(file, { force: true }));
}
