import { Fault } from '@metalcast/domain';
import { run } from '@metalcast/exec';

/** Runs `ip` commands in the namespace as one batch, so that any number of nodes needs one process. */
export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  const input = `${lines.join('\n')}\n`;
  await succeed('ip', ['-netns', namespace, '-batch', '-'], input);
}

/** Names of the links in the namespace. */
export async function linksInside(namespace: string): Promise<Set<string>> {
  const text = await succeed('ip', ['-netns', namespace, '-json', 'link']);
  const links = JSON.parse(text) as { ifname: string }[];
  return new Set(links.map(({ ifname }) => ifname));
}

/** Allows every account to bind ports below 1024 in the namespace, so that a BMC (port 623) needs no privileges. */
export async function openLowPorts(namespace: string): Promise<void> {
  const setting = 'net.ipv4.ip_unprivileged_port_start=0';
  await succeed('nsenter', [`--net=/run/netns/${namespace}`, 'sysctl', '-q', '-w', setting]);
}

async function succeed(program: string, args: readonly string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr, spawnError } = await run(program, args, {
    timeoutMs: 20_000,
    input,
    // A large rack has thousands of links.
    output: { keepBytes: 16 * 1024 ** 2, beyond: 'kill' },
  });
  if (exitCode !== 0) {
    const complaint = spawnError ?? stderr.trim();
    throw new Fault('UNAVAILABLE', { reason: `${program} ${args.join(' ')}: ${complaint}` });
  }
  return stdout;
}
