import { cpioArchive } from './cpio.js';

/** What the deploy ramdisk is told, beside its kernel command line that anyone may read. */
export interface AgentConf {
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly token: string;
  /** Provisioning URLs of the helpers, the one to try first leading. */
  readonly helpers: readonly string[];
}

/** Lines that a shell can source. The values hold no character that a shell would take for its own. */
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

/** The archive that goes over the ramdisk: `/etc/metalcast/agent.conf`, readable by root alone. */
export const agentConfArchive = (conf: AgentConf): Buffer =>
  cpioArchive([{ path: 'etc/metalcast/agent.conf', mode: 0o600, content: agentConf(conf) }]);
