import { cpioArchive } from './cpio.js';

/** What only the deploy ramdisk may know; every user of the system can read the kernel command line. */
export interface AgentConf {
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly token: string;
  /** Provisioning URLs of the helpers; the first is tried first. */
  readonly helpers: readonly string[];
}

/** Lines that a shell can source. No value contains a character that is special in a shell. */
function agentConf({ node, epoch, bootTry, token, helpers }: AgentConf): string {
  return `${[
    `NODE=${node}`,
    `EPOCH=${epoch}`,
    `BOOT_TRY=${bootTry}`,
    `TOKEN=${token}`,
    `HELPERS="${helpers.filter(isPlainUrl).join(' ')}"`,
  ].join('\n')}\n`;
}

const isPlainUrl = (url: string): boolean => /^https?:\/\/[\w.:[\]/-]+$/.test(url);

/** The archive that is unpacked over the ramdisk: `/etc/metalcast/agent.conf`, readable by root only. */
export const agentConfArchive = (conf: AgentConf): Buffer =>
  cpioArchive([{ path: 'etc/metalcast/agent.conf', mode: 0o600, content: agentConf(conf) }]);
