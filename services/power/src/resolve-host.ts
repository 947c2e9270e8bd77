import { run } from '@metalcast/exec';
import { canonicalHost, Fault, isIpAddress } from '@metalcast/domain';

const lookUpMs = 5000;

/**
 * The addresses that a host name stands for on this host, the one to be used first; none when it stands for none. By a
 * process of its own, that ends: a resolver that hangs would hold a thread of this one. Fault POWER_NO_TOOL.
 */
export async function resolveHost(name: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout, spawnError } = await run('getent', ['ahosts', name], {
    timeoutMs: lookUpMs,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  if (spawnError !== undefined) {
    throw new Fault('POWER_NO_TOOL', { tool: 'getent', reason: spawnError });
  }
  const addresses = stdout.split('\n').flatMap((line) => {
    const host = canonicalHost(line.split(/\s/)[0] ?? '');
    return 'value' in host && isIpAddress(host.value) ? [host.value] : [];
  });
  return [...new Set(addresses)];
}
