/** The content of /etc/metalcast/agent.conf in the deploy ramdisk (docs/agent-protocol.md). */
export interface AgentConf {
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly token: string;
  readonly helpers: readonly string[];
}

const path = 'etc/metalcast/agent.conf';
const headerBytes = 110;
const at = { size: 54, nameSize: 94 };
const end = 'TRAILER!!!';

export function readAgentConf(archive: Buffer): AgentConf {
  const text = fileIn(archive, path);
  if (text === undefined) {
    throw new Error(`no ${path} in the second ramdisk`);
  }
  const value = (name: string): string =>
    new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return {
    node: value('NODE'),
    epoch: Number(value('EPOCH')),
    bootTry: Number(value('BOOT_TRY')),
    token: value('TOKEN'),
    helpers: value('HELPERS').split(' ').filter(Boolean),
  };
}

/** A file of a cpio archive (format newc); undefined when it is missing. */
function fileIn(archive: Buffer, wanted: string): string | undefined {
  for (let start = 0; start + headerBytes <= archive.length;) {
    const field = (offset: number): number =>
      Number.parseInt(archive.toString('latin1', start + offset, start + offset + 8), 16);
    const nameStart = start + headerBytes;
    const name = archive.toString('utf8', nameStart, nameStart + field(at.nameSize) - 1);
    const dataStart = aligned(nameStart + field(at.nameSize));
    if (name === wanted) {
      return archive.toString('utf8', dataStart, dataStart + field(at.size));
    }
    if (name === end) {
      return undefined;
    }
    start = aligned(dataStart + field(at.size));
  }
  return undefined;
}

const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;
